/** What there is to be seen, in one place, and the ports that watch it. */

import {
  type Command,
  type Down,
  FAULTS,
  type Fault,
  MAY_ASK,
  type Patch,
  PORT,
  type Reply,
  type Report,
  type Role,
  type Shown,
  type Up,
} from "../bridge";
import { patched } from "../link";
import { Refused, Unanswered } from "./channel";

/** Who is at a port. `tab_id` is of content scripts, by the browser's own word. */
export interface Watching {
  readonly role: Role;
  readonly tab_id: number | null;
  readonly port: chrome.runtime.Port;
}

export interface Asked {
  command(command: Command, from: Watching): Promise<unknown>;
  report(report: Report, from: Watching): void;
  left(from: Watching): void;
}

const ROLES: ReadonlySet<string> = new Set<Role>(["panel", "popup", "content", "options", "permission"]);

export const NOTHING_SHOWN: Shown = {
  connection: { phase: "unset", since: 0, server: "", version: null },
  account: null,
  microphone: { permission: "unknown", phase: "off", name: null, speech_since: null },
  recogniser: { phase: "unset", model: null, device: null, progress: 0, why: null },
  session: null,
  video: null,
  hearing: null,
  queue: { notes: 0, transcripts: 0, events: 0, since: null, draining: false },
  notes: {},
  notes_complete: true,
  counts: null,
  agent_event: null,
  remarks: [],
  settings: null,
  flags: {},
  videos: [],
  faults: [],
};

/** A failure that a person is to know of. */
export class Failed extends Error {
  constructor(readonly fault: Fault) {
    super(fault.message);
  }
}

export function faultOf(
  code: Fault["code"],
  message: string,
  more: Partial<Pick<Fault, "kept" | "remedy">> = {},
): Fault {
  return { id: crypto.randomUUID(), code, message, kept: null, remedy: null, at: Date.now(), ...more };
}

export class Board {
  private number = 0;
  private current = NOTHING_SHOWN;
  private readonly watching = new Set<Watching>();

  constructor(private readonly told: (fault: Fault) => void = () => undefined) {}

  get shown(): Shown {
    return this.current;
  }

  /** Posts what changed to every port. */
  show(patch: Patch): void {
    this.current = patched(this.current, patch);
    this.number += 1;
    for (const { port } of this.watching) post(port, { kind: "patch", number: this.number, patch });
  }

  fail(fault: Fault): void {
    const others = this.current.faults.filter(({ code }) => code !== fault.code);
    this.show({ faults: [...others, fault].slice(-FAULTS) });
    this.told(fault);
  }

  mend(...codes: Fault["code"][]): void {
    const faults = this.current.faults.filter(({ code }) => !codes.includes(code));
    if (faults.length !== this.current.faults.length) this.show({ faults });
  }

  toTab(tab_id: number, down: Down): boolean {
    const there = [...this.watching].filter((each) => each.role === "content" && each.tab_id === tab_id);
    for (const { port } of there) post(port, down);
    return there.length > 0;
  }

  serve(asked: Asked): void {
    chrome.runtime.onConnect.addListener((port) => {
      const watching = whoIs(port);
      if (watching === null) port.disconnect();
      else this.watch(watching, asked);
    });
  }

  private watch(watching: Watching, asked: Asked): void {
    const { port } = watching;
    this.watching.add(watching);
    port.onDisconnect.addListener(() => {
      this.watching.delete(watching);
      asked.left(watching);
    });
    port.onMessage.addListener((up: Up) => {
      if (up?.kind === "report" && watching.role === "content") asked.report(up.report, watching);
      if (up?.kind === "command") void this.answer(up.id, up.command, watching, asked);
    });
    post(port, { kind: "snapshot", number: this.number, shown: this.current });
  }

  private async answer(id: number, command: Command, from: Watching, asked: Asked): Promise<void> {
    post(from.port, { kind: "reply", id, reply: await this.perform(command, from, asked) });
  }

  private async perform(command: Command, from: Watching, asked: Asked): Promise<Reply> {
    if (from.role === "content" && !MAY_ASK.has(command.name))
      return { ok: false, fault: faultOf("forbidden", "A page may not ask for that.") };
    try {
      return { ok: true, value: (await asked.command(command, from)) ?? null };
    } catch (error) {
      if (error instanceof Failed) return { ok: false, fault: error.fault };
      if (error instanceof Refused) return { ok: false, fault: faultOf(error.code, error.message) };
      if (error instanceof Unanswered)
        return { ok: false, fault: faultOf("unreachable", "The server did not answer.") };
      console.error("command failed", command.name, error);
      return { ok: false, fault: faultOf("internal", `This did not work: ${String(error)}`) };
    }
  }
}

/** Pages of ours say what they are; whoever comes from a tab's page is a content script whatever it says. */
function whoIs(port: chrome.runtime.Port): Watching | null {
  const role = port.name.slice(PORT.length);
  if (!port.name.startsWith(PORT) || !ROLES.has(role)) return null;
  const ours = port.sender?.url?.startsWith(chrome.runtime.getURL("")) ?? false;
  if (!ours) return { role: "content", tab_id: port.sender?.tab?.id ?? null, port };
  return { role: role as Role, tab_id: null, port };
}

function post(port: chrome.runtime.Port, down: Down): void {
  try {
    port.postMessage(down);
  } catch {
    port.disconnect(); // it went while we spoke; its onDisconnect is on the way
  }
}
