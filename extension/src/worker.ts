/**
 * The service worker: it makes the offscreen document, opens pages and says which tab is in front. It keeps nothing,
 * because it is stopped after 30 s without an event and comes back at the next.
 */

import type { ToOffscreen, ToWorker, WorkerReply } from "./bridge";

const OFFSCREEN = "offscreen.html";
let making: Promise<void> | null = null;

/** Once it returns the offscreen document listens: createDocument settles after its scripts have run. */
async function ensureOffscreen(): Promise<void> {
  if (await chrome.offscreen.hasDocument()) return;
  making ??= chrome.offscreen
    .createDocument({
      url: OFFSCREEN,
      reasons: [chrome.offscreen.Reason.USER_MEDIA],
      justification: "Hears the reviewer, and keeps the connection to their server.",
    })
    .finally(() => {
      making = null;
    });
  await making;
}

async function perform(message: ToWorker, from: number | undefined): Promise<WorkerReply> {
  switch (message.name) {
    case "ensure_offscreen":
      await ensureOffscreen();
      return { ok: true };
    case "open_page":
      await open(chrome.runtime.getURL(`${message.page}.html`));
      return { ok: true };
    case "open_address":
      await open(message.address);
      return { ok: true };
    case "capture_visible": {
      if (from === undefined) return { ok: false, why: "only a page is seen" };
      const tab = await chrome.tabs.get(from);
      if (!tab.active) return { ok: false, why: "the tab is not in front" };
      return { ok: true, image: await chrome.tabs.captureVisibleTab(tab.windowId, { format: "jpeg", quality: 80 }) };
    }
    case "open_panel":
      await openPanel(from);
      return { ok: true };
    case "which_tab":
      return { ok: true, tab_id: await tabInFront() };
  }
}

/** The page where it is open already, or a new tab. */
async function open(url: string): Promise<void> {
  await chrome.tabs.create({ url });
}

/** At once: what came before it in time, even a question, would take the person's press away. */
async function openPanel(tabId: number | undefined): Promise<void> {
  if (tabId !== undefined) await chrome.sidePanel.open({ tabId });
  else await chrome.sidePanel.open({ windowId: chrome.windows.WINDOW_ID_CURRENT });
}

async function tabInFront(): Promise<number | null> {
  const [tab] = await chrome.tabs.query({ active: true, lastFocusedWindow: true });
  return tab?.id ?? null;
}

async function tell(message: ToOffscreen): Promise<void> {
  if (!(await chrome.offscreen.hasDocument())) return;
  await chrome.runtime.sendMessage(message).catch(() => undefined); // it may go between the two
}

chrome.runtime.onMessage.addListener((message: ToWorker, sender, respond: (reply: WorkerReply) => void) => {
  if (message?.to !== "worker") return false;
  perform(message, sender.tab?.id).then(respond, (error: unknown) => respond({ ok: false, why: String(error) }));
  return true; // the answer comes later
});

chrome.tabs.onActivated.addListener(({ tabId }) => {
  void tell({ to: "offscreen", name: "tab_in_front", tab_id: tabId, at: Date.now() });
});
chrome.windows.onFocusChanged.addListener(async (windowId) => {
  if (windowId === chrome.windows.WINDOW_ID_NONE) return;
  await tell({ to: "offscreen", name: "tab_in_front", tab_id: await tabInFront(), at: Date.now() });
});
chrome.tabs.onRemoved.addListener((tabId) => {
  void tell({ to: "offscreen", name: "tab_closed", tab_id: tabId });
});
chrome.tabs.onUpdated.addListener((tabId, change) => {
  if (change.status === "complete") void tell({ to: "offscreen", name: "tab_loaded", tab_id: tabId });
});
chrome.commands.onCommand.addListener(async (command) => {
  if (command !== "toggle_microphone") return;
  await ensureOffscreen();
  await tell({ to: "offscreen", name: "shortcut", command });
});
chrome.runtime.onInstalled.addListener(async ({ reason }) => {
  await chrome.sidePanel.setPanelBehavior({ openPanelOnActionClick: false });
  await ensureOffscreen();
  if (reason === "install") await open(chrome.runtime.getURL("options.html"));
});
chrome.runtime.onStartup.addListener(() => void ensureOffscreen());
