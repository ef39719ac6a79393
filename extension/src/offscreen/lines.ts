/** The ways to the server that what waits is sent by, as they are at the moment. */

import type { VideoDetected } from "../../generated/channels";
import { Unanswered } from "./channel";
import type { Extension } from "./extension";
import type { Lines } from "./sending";

export function linesOf(extension: Extension): Lines {
  return {
    get online() {
      return extension.connection?.online ?? false;
    },
    get user_id() {
      return extension.connection?.user_id ?? null;
    },
    own: () => extension.own?.notes ?? null,
    notebook: () => extension.notebook,
    review: (session: string, video_id: string) => extension.reviews.session(session, video_id),
    detected: async (page: VideoDetected) => {
      if (extension.own === null) throw new Unanswered("nobody is signed in");
      return (await extension.own.meta.ask("video_detected", page)).video_id;
    },
  };
}
