/** Messages to the service worker. */

import type { ToWorker, WorkerReply } from "./bridge";

export async function askWorker(message: ToWorker): Promise<WorkerReply> {
  return (await chrome.runtime.sendMessage(message)) as WorkerReply;
}
