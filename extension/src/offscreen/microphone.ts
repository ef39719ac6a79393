/** The microphone: allowed or not, open or not, there or not; and its sound in frames while it is open. */

import type { MicrophonePermission, MicrophonePhase, Microphone as Shown } from "../bridge";
import { SoundClock } from "../hear/clock";
import { SAMPLE_RATE } from "../hear/sound";

const WORKLET = "worklet.js";

export interface Listening {
  frame(at: number, samples: Float32Array): void;
  /** `phase` is what it became; `lost` and `missing` end what was being said. */
  changed(shown: Shown): void;
}

interface Open {
  readonly stream: MediaStream;
  readonly context: AudioContext;
}

export class Microphone {
  private permission: MicrophonePermission = "unknown";
  private phase: MicrophonePhase = "off";
  private name: string | null = null;
  private speech_since: number | null = null;
  private open: Open | null = null;

  constructor(private readonly listening: Listening) {
    void this.watchPermission();
    navigator.mediaDevices.addEventListener("devicechange", () => void this.devicesChanged());
  }

  get shown(): Shown {
    const { permission, phase, name, speech_since } = this;
    return { permission, phase, name, speech_since };
  }

  get isOpen(): boolean {
    return this.open !== null;
  }

  /** Whether it listens afterwards; the phase says why not. An offscreen document cannot ask: that is a page's. */
  async turnOn(): Promise<boolean> {
    if (this.open !== null) return true;
    this.become("opening");
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: WANTED });
      this.open = await this.listen(stream);
    } catch (error) {
      this.refused(error as DOMException);
      return false;
    }
    const [track] = this.open.stream.getAudioTracks();
    this.name = track?.label ?? null;
    track?.addEventListener("ended", () => this.end("lost"));
    this.permission = "granted";
    this.become("listening");
    return true;
  }

  turnOff(): void {
    this.end("off");
  }

  speech(since: number | null): void {
    this.speech_since = since;
    if (this.open !== null) this.become(since === null ? "listening" : "speech");
  }

  private async listen(stream: MediaStream): Promise<Open> {
    // The context resamples: whatever the sound card's rate is, the frames have the detector's.
    const context = new AudioContext({ sampleRate: SAMPLE_RATE });
    await context.audioWorklet.addModule(chrome.runtime.getURL(WORKLET));
    const [track] = stream.getAudioTracks();
    const latency = (track?.getSettings() as { latency?: number } | undefined)?.latency ?? 0;
    const clock = new SoundClock(latency * 1000);
    const node = new AudioWorkletNode(context, "frames", { numberOfOutputs: 0, channelCount: 1 });
    node.port.onmessage = ({ data }: MessageEvent<{ end: number; samples: Float32Array }>) => {
      const end = clock.at(data.end, performance.timeOrigin + performance.now());
      this.listening.frame(end - (1000 * data.samples.length) / SAMPLE_RATE, data.samples);
    };
    context.createMediaStreamSource(stream).connect(node);
    await context.resume();
    return { stream, context };
  }

  private end(phase: MicrophonePhase): void {
    const { open } = this;
    if (open === null) return;
    this.open = null;
    this.speech_since = null;
    for (const track of open.stream.getTracks()) track.stop();
    void open.context.close();
    this.become(phase);
  }

  private refused(error: DOMException): void {
    if (error.name === "NotAllowedError") this.permission = this.permission === "prompt" ? "prompt" : "denied";
    const phase = error.name === "NotFoundError" ? "missing" : error.name === "NotAllowedError" ? "off" : "failed";
    this.become(phase);
  }

  private async watchPermission(): Promise<void> {
    const status = await navigator.permissions.query({ name: "microphone" as PermissionName });
    const take = () => {
      this.permission = status.state;
      if (status.state !== "granted") this.end("off");
      this.become(this.phase);
    };
    status.addEventListener("change", take);
    take();
  }

  private async devicesChanged(): Promise<void> {
    if (this.phase !== "missing" && this.phase !== "lost") return;
    const devices = await navigator.mediaDevices.enumerateDevices();
    if (devices.some(({ kind }) => kind === "audioinput")) this.become("off");
  }

  private become(phase: MicrophonePhase): void {
    this.phase = phase;
    this.listening.changed(this.shown);
  }
}

/** The film plays through the same speakers: what it says is to be taken out of what is heard. */
const WANTED: MediaTrackConstraints = {
  channelCount: 1,
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
};
