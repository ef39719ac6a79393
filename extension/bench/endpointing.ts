// How long after its end a remark is known to be over, and how many are cut in two: `npm run bench`.
//
// The recordings are espeak-ng's, the probabilities Silero's, the rest is the extension's own code.

import { readFileSync } from "node:fs";
import { Silero } from "@ricky0123/vad-web/dist/models/silero.js";
import * as ort from "onnxruntime-web";

import { Endpointer, type Heard, type Patience } from "../src/hear/endpoint";
import { Adaptive, Fixed } from "../src/hear/patience";
import { describe, FRAME_SAMPLES, SAMPLE_RATE, type Sound } from "../src/hear/sound";
import { type Recording, recording } from "./corpus";

const TUNED_ON = ["en-us", "en-gb-scotland+m3", "en-us+m2", "en-gb+f1", "en-us+f4", "en-gb-x-gbclan+m4"];
const JUDGED_ON = ["en-gb", "en-us+f3", "en-gb-x-rp+f2", "en-029+m1", "en-us+m7", "en-gb-x-gbcwmd+f4"];
const ROOMS_DB = [-70, -50];
const HESITATING = 0.4;

async function sounds({ samples }: Recording, model: Silero): Promise<Sound[]> {
  model.reset_state();
  const heard: Sound[] = [];
  let before = new Float32Array(FRAME_SAMPLES);
  for (let start = 0; start + FRAME_SAMPLES <= samples.length; start += FRAME_SAMPLES) {
    const frame = samples.slice(start, start + FRAME_SAMPLES);
    const { isSpeech } = await model.process(frame);
    heard.push(describe((start / SAMPLE_RATE) * 1000, isSpeech, frame, before));
    before = frame;
  }
  return heard;
}

interface Outcome {
  readonly remarks: number;
  readonly found: number;
  readonly splits: number;
  readonly merges: number;
  readonly delays: number[];
  readonly onsets: number[];
}

/** A remark that is cut in two counts one split, in three two. Its delay is that of its last end. */
function judge({ remarks }: Recording, frames: readonly Sound[], patience: Patience): Outcome {
  const endpointer = new Endpointer(patience);
  const pieces: { from: number; to: number; known: number }[] = [];
  let from = 0;
  for (const sound of frames) {
    const heard: Heard | null = endpointer.hear(sound);
    if (heard?.kind === "start") from = heard.at;
    if (heard?.kind === "end") pieces.push({ from, to: heard.at, known: sound.at + 32 });
  }
  const delays: number[] = [];
  const onsets: number[] = [];
  let splits = 0;
  let found = 0;
  for (const remark of remarks) {
    const within = pieces.filter((piece) => piece.from < remark.to && piece.to > remark.from);
    if (within.length === 0) continue;
    found += 1;
    splits += within.length - 1;
    delays.push((within.at(-1)?.known ?? 0) - remark.to);
    onsets.push((within[0]?.from ?? 0) - remark.from);
  }
  const merges = pieces.filter((p) => remarks.filter((r) => p.from < r.to && p.to > r.from).length > 1).length;
  return { remarks: remarks.length, found, splits, merges, delays, onsets };
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

function row(name: string, outcomes: readonly Outcome[]): string {
  const total = (of: (outcome: Outcome) => number) => outcomes.reduce((sum, outcome) => sum + of(outcome), 0);
  const delays = outcomes.flatMap((outcome) => outcome.delays);
  const count = total((outcome) => outcome.remarks);
  const mean = delays.reduce((sum, delay) => sum + delay, 0) / delays.length;
  const figures = [mean, percentile(delays, 0.5), percentile(delays, 0.95)].map((value) => value.toFixed(0).padStart(6));
  const per = (value: number) => ((100 * value) / count).toFixed(1).padStart(7);
  return `${name.padEnd(22)}${figures.join("")}${per(total((o) => o.splits))}${per(total((o) => o.merges))}${per(total((o) => o.found))}`;
}

const model = await Silero.new(ort as never, async () => {
  const bytes = readFileSync("node_modules/@ricky0123/vad-web/dist/silero_vad_v5.onnx");
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
});

async function set(name: string, voices: readonly string[], seed: number): Promise<void> {
  const cases: { made: Recording; frames: Sound[] }[] = [];
  for (const [index, voice] of voices.entries())
    for (const room of ROOMS_DB) {
      const made = recording(voice, seed + index, room, HESITATING);
      cases.push({ made, frames: await sounds(made, model) });
    }
  const print = (line: string) => process.stdout.write(`${line}\n`);
  print(`${name}: ${cases.length * 20} remarks, ${voices.join(", ")}`);
  print(`${"".padEnd(22)}  mean   p50   p95 splits merges  found   (ms after the end; per 100 remarks)`);
  const policies: [string, () => Patience][] = [
    ["fixed 600 ms", () => new Fixed(600)],
    ["fixed 400 ms", () => new Fixed(400)],
    ["fixed 800 ms", () => new Fixed(800)],
    ["adaptive", () => new Adaptive()],
  ];
  for (const [policy, make] of policies)
    print(row(policy, cases.map(({ made, frames }) => judge(made, frames, make()))));
  const onsets = cases.flatMap(({ made, frames }) => judge(made, frames, new Fixed(600)).onsets);
  print(`onset: p5 ${percentile(onsets, 0.05).toFixed(0)}, p50 ${percentile(onsets, 0.5).toFixed(0)}, p95 ${percentile(onsets, 0.95).toFixed(0)} ms after the truth\n`);
}

await set("tuned on", TUNED_ON, 1);
await set("judged on", JUDGED_ON, 100);
