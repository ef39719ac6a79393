/** Turning the microphone on and off, for which tab, and what a person is told when it cannot be. */

import type { Session, Microphone as Shown } from "../bridge";
import { askWorker } from "../routing";
import { AudioLine } from "./audio";
import { type Board, Failed, faultOf } from "./board";
import { Refused, Unanswered } from "./channel";
import type { Extension } from "./extension";
import { Listening, type Place } from "./listening";
import type { Reviewing } from "./reviewing";

type Owner = { device?: string | null; tab?: string | null } | null;
export type Command = "start" | "resume";

export class Recording {
  private readonly listening: Listening;
  private audio: AudioLine | null = null;
  /** The person turned it on, and it waits for their permission. */
  private wanted = false;
  /** Being turned on: word of a pause that comes meanwhile is of the time before. */
  private starting = 0;

  constructor(
    private readonly board: Board,
    private readonly extension: Extension,
  ) {
    this.listening = new Listening({
      microphone: (microphone) => this.microphone(microphone),
      recogniser: (recogniser) => board.show({ recogniser }),
      hearing: (hearing) => board.show({ hearing }),
      place: () => this.place(),
      said: ({ place, words }) => void extension.backlog.say(place, words).catch(() => undefined), // it is shown
      sound: (review, media_ms, samples) => this.sound(review, media_ms, samples),
      soundEnds: () => this.audio?.flush(),
      unheard: (why) => board.fail(faultOf("recogniser_failed", `No words could be had of a remark: ${why}`)),
      measure: (name, fields) => extension.measuring?.telemetry.measure(name, fields),
      failed: (why) => board.fail(faultOf("internal", `The voice detector failed: ${why}`, { remedy: "start" })),
    });
  }

  get isOn(): boolean {
    return this.listening.microphone.isOpen;
  }

  loadModel(address: string): void {
    this.listening.recogniser.load(address);
  }

  async toggle(): Promise<void> {
    if (this.listening.microphone.isOpen) await this.pause();
    else await this.start("start");
  }

  /** Raises Failed: there is no video, nobody is signed in, the microphone is not to be had. */
  async start(command: Command): Promise<void> {
    const tab_id = this.extension.films.reviewed();
    if (tab_id === null) throw new Failed(faultOf("no_video", "No tab shows a video: open one, then talk."));
    const { phase } = this.board.shown.connection;
    if (phase === "signed_out" || phase === "revoked")
      throw new Failed(faultOf("signed_out", "Sign in first, so that your notes are yours.", { remedy: "sign_in" }));
    this.wanted = true;
    this.starting += 1;
    try {
      if (!(await this.listening.turnOn())) return await this.ask();
      this.wanted = false;
      this.board.mend("no_video", "context_taken", "signed_out");
      await this.listenTo(tab_id, Date.now(), command);
    } finally {
      this.starting -= 1;
    }
  }

  async pause(command: "pause" | "stop" = "pause"): Promise<void> {
    this.off();
    await this.extension.reviews.command(command).catch((error) => this.tell(error));
  }

  off(): void {
    this.wanted = false;
    this.listening.turnOff();
  }

  /** Another tab is in front: who talks now talks of what it shows. */
  async turned(tab_id: number, at: number): Promise<void> {
    if (!this.listening.microphone.isOpen || this.extension.reviews.current?.about.tab_id === tab_id) return;
    this.listening.cut();
    await this.listenTo(tab_id, at);
  }

  /** A tab shows another film, or none. */
  async shows(tab_id: number, something: boolean): Promise<void> {
    if (!this.listening.microphone.isOpen) return;
    const { current } = this.extension.reviews;
    if (!something && (current === null || current.about.tab_id === tab_id)) this.off();
    else if (something && tab_id === this.extension.films.reviewed() && current?.about.tab_id !== tab_id)
      await this.listenTo(tab_id, Date.now());
  }

  /** The server decides; whoever is paused by a person or lost the microphone is not listened to. */
  status({ paused, decision }: Session): void {
    if (this.starting === 0 && (paused?.by === "person" || paused?.by === "context")) this.off();
    if (decision === "end_segment") this.listening.cut();
  }

  taken(by: Owner): void {
    this.off();
    const who = by?.device === this.extension.device ? "Another tab" : "Another tab or device";
    const kept = "What was said until then.";
    this.board.fail(faultOf("context_taken", `${who} has the microphone.`, { kept, remedy: "claim" }));
  }

  private async listenTo(tab_id: number, at: number, command: Command = "start"): Promise<void> {
    this.starting += 1;
    try {
      const review = await this.extension.reviews.listen(tab_id, at, command);
      if (review !== null) this.openAudio(review);
    } catch (error) {
      this.tell(error);
    } finally {
      this.starting -= 1;
    }
  }

  private tell(error: unknown): void {
    if (error instanceof Unanswered) return; // away; the review goes on when it is back
    if (!(error instanceof Refused)) throw error;
    if (error.code === "context_taken") this.taken((error.details.by as Owner | undefined) ?? null);
    else this.board.fail(faultOf(error.code, error.message, { remedy: "start" }));
  }

  /** An offscreen document cannot ask; a page of ours does, and this goes on when it is allowed. */
  private async ask(): Promise<void> {
    if (this.board.shown.microphone.permission !== "prompt") return;
    await askWorker({ to: "worker", name: "open_page", page: "permission" });
  }

  private place(): Place | null {
    const review = this.extension.reviews.current;
    const tab_id = review?.about.tab_id ?? this.extension.films.reviewed();
    const player = tab_id === null ? null : this.extension.tabs.player(tab_id);
    return player === null ? null : { player, review };
  }

  private openAudio(review: Reviewing): void {
    const { connection } = this.extension;
    const allowed = this.board.shown.settings?.settings.server_stt === true;
    if (!allowed || this.audio?.review === review || connection === null) return;
    this.audio?.leave();
    this.audio = new AudioLine(review, connection, this.extension.device);
  }

  private sound(review: Reviewing, media_ms: number, samples: Float32Array): void {
    if (this.audio?.review === review && this.audio.add(media_ms, samples)) {
      this.board.mend("no_recogniser");
      return;
    }
    if (this.board.shown.faults.some(({ code }) => code === "no_recogniser")) return;
    const message = "Nothing here turns speech into words: there is no model, and the server does not listen.";
    this.board.fail(faultOf("no_recogniser", message, { remedy: "open_options" }));
  }

  private microphone(microphone: Shown): void {
    this.board.show({ microphone });
    const { permission, phase } = microphone;
    if (permission === "granted") this.board.mend("microphone_denied");
    if (phase === "listening") this.board.mend("microphone_missing", "microphone_lost");
    if (this.wanted && permission === "granted" && phase === "off") void this.start("start").catch(() => this.off());
    if (permission === "denied" && this.wanted)
      this.fail("microphone_denied", "The browser keeps the microphone from Lossy.");
    if (phase === "missing") this.fail("microphone_missing", "There is no microphone: plug one in.");
    if (phase === "lost") this.fail("microphone_lost", "The microphone went. What was said until then is kept.");
  }

  private fail(code: "microphone_denied" | "microphone_missing" | "microphone_lost", message: string): void {
    const remedy = code === "microphone_denied" ? "open_permission" : "start";
    if (this.board.shown.faults.every((fault) => fault.code !== code))
      this.board.fail(faultOf(code, message, { remedy }));
  }
}
