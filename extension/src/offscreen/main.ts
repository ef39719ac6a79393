/** The offscreen document: everything that lives longer than a page and than the service worker. */

import { Board } from "./board";

const board = new Board();
board.serve({
  command: async () => null,
  report: () => undefined,
  left: () => undefined,
});
