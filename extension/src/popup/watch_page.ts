/** Puts the content script into a page of no known platform, because a person asks for it there. */

/** The press of the extension's button opened this page to us, and to no other; it ends with the tab's next page. */
export async function watchPage(): Promise<void> {
  const [tab] = await chrome.tabs.query({ active: true, lastFocusedWindow: true });
  if (tab?.id === undefined) return;
  await chrome.scripting.executeScript({ target: { tabId: tab.id, allFrames: true }, files: ["content.js"] });
}
