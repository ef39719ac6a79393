/** The offscreen document: everything that lives longer than a page and than the service worker. */

import type { ToOffscreen } from "../bridge";
import { Database } from "../keep/database";
import { Board } from "./board";
import { captured } from "./capture";
import { perform } from "./commands";
import { Extension } from "./extension";

const board: Board = new Board((fault) => void opening.then(({ measuring }) => measuring?.fault(fault)));
// Ports and messages may come while the database opens: they are heard from the first moment, and wait for it.
const opening: Promise<Extension> = Database.open().then((database) => Extension.open(board, database));

board.serve({
  command: async (command, from) => perform(await opening, command, from),
  report: (report, from) => {
    if (report.name === "captured") captured(report);
    else void opening.then(({ tabs }) => tabs.report(report, from));
  },
  left: (from) => void opening.then(({ tabs }) => tabs.left(from)),
});
addEventListener("online", () => void opening.then(({ connection }) => connection?.networkIsBack()));
chrome.runtime.onMessage.addListener((message: ToOffscreen) => {
  if (message?.to === "offscreen") void opening.then((extension) => extension.fromWorker(message));
  return false;
});
