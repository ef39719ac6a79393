/** The upper end of a port to the offscreen document: what is shown, kept current, and commands with their replies. */

import { type Command, type Down, type Patch, PORT, type Reply, type Report, type Role, type Shown } from "./bridge";
import { askWorker } from "./routing";

/** After the offscreen document went (an update, a crash) until its successor is asked for. */
const REOPEN_MS = 200;
/** A command whose document went away gets no reply; a person is told rather than left waiting. */
const REPLY_MS = 15_000;

export interface Watcher {
  /** Called at once with the snapshot, then after every patch. */
  shown(shown: Shown): void;
  /** A port is open, or open again: what was reported before is not known at its other end. Before the snapshot. */
  opened?(): void;
  seek?(media_ms: number): void;
  capture?(request: string, at: number | null): void;
}

export interface Link {
  ask(command: Command): Promise<Reply>;
  report(report: Report): void;
  close(): void;
}

/** Opens a port and opens it again whenever it breaks, until `close`. */
export function openLink(role: Role, watcher: Watcher): Link {
  return new PortLink(role, watcher);
}

/** What a patch makes of what was shown. Pure. */
export function patched(shown: Shown, patch: Patch): Shown {
  const { notes, ...members } = patch;
  const next = { ...shown, ...members };
  if (notes === undefined) return next;
  const kept: Record<string, Shown["notes"][string]> = notes.all ? {} : { ...shown.notes };
  for (const id of notes.drop) delete kept[id];
  for (const note of notes.put) kept[note.id] = note;
  return { ...next, notes: kept };
}

class PortLink implements Link {
  private port: chrome.runtime.Port | null = null;
  private closed = false;
  private shown: Shown | null = null;
  private number = 0;
  private asked = 0;
  private readonly waiting = new Map<number, (reply: Reply) => void>();

  constructor(
    private readonly role: Role,
    private readonly watcher: Watcher,
  ) {
    void this.open();
  }

  ask(command: Command): Promise<Reply> {
    const id = ++this.asked;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.answer(id, lost("timed_out")), REPLY_MS);
      this.waiting.set(id, (reply) => {
        clearTimeout(timer);
        resolve(reply);
      });
      if (this.port === null) this.answer(id, lost("unreachable"));
      else this.port.postMessage({ kind: "command", id, command });
    });
  }

  report(report: Report): void {
    this.port?.postMessage({ kind: "report", report });
  }

  close(): void {
    this.closed = true;
    this.port?.disconnect();
    this.port = null;
  }

  private async open(): Promise<void> {
    const ready = await askWorker({ to: "worker", name: "ensure_offscreen" }).catch(() => null);
    if (this.closed) return;
    if (!ready?.ok) {
      setTimeout(() => void this.open(), REOPEN_MS);
      return;
    }
    const port = chrome.runtime.connect({ name: PORT + this.role });
    this.port = port;
    port.onMessage.addListener((down: Down) => this.take(down));
    port.onDisconnect.addListener(() => this.broken(port));
  }

  private broken(port: chrome.runtime.Port): void {
    void chrome.runtime.lastError; // read, or Chrome reports it as unchecked
    if (this.port !== port) return;
    this.port = null;
    for (const id of [...this.waiting.keys()]) this.answer(id, lost("unreachable"));
    if (!this.closed && chrome.runtime.id !== undefined) setTimeout(() => void this.open(), REOPEN_MS);
  }

  private take(down: Down): void {
    switch (down.kind) {
      case "snapshot":
        this.number = down.number;
        this.watcher.opened?.();
        this.show(down.shown);
        return;
      case "patch":
        if (this.shown === null || down.number !== this.number + 1) {
          this.port?.disconnect();
          if (this.port !== null) this.broken(this.port);
          return;
        }
        this.number = down.number;
        this.show(patched(this.shown, down.patch));
        return;
      case "reply":
        this.answer(down.id, down.reply);
        return;
      case "seek":
        this.watcher.seek?.(down.media_ms);
        return;
      case "capture":
        this.watcher.capture?.(down.request, down.at);
    }
  }

  private show(shown: Shown): void {
    this.shown = shown;
    this.watcher.shown(shown);
  }

  private answer(id: number, reply: Reply): void {
    this.waiting.get(id)?.(reply);
    this.waiting.delete(id);
  }
}

function lost(code: "timed_out" | "unreachable"): Reply {
  const message = code === "timed_out" ? "There was no answer in time." : "The extension is starting again.";
  return { ok: false, fault: { id: crypto.randomUUID(), code, message, kept: null, remedy: null, at: Date.now() } };
}
