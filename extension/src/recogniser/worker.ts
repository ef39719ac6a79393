/**
 * Whisper, in a worker of its own: it computes for hundreds of ms at a time, and the voice detector is not to wait.
 * Everything is loaded from this extension or from the address given; the library's own addresses are taken out when
 * it is built.
 */

import {
  type AutomaticSpeechRecognitionPipeline,
  env,
  type PretrainedModelOptions,
  type ProgressInfo,
  pipeline,
} from "@huggingface/transformers";
import { SAMPLE_RATE } from "../hear/sound";
import type { Device, FromRecogniser, ToRecogniser } from "./messages";

const MODEL = "whisper";
/** What a folder may hold, by what is best on a device: the name of a type, and how its files are called. */
const TYPES: Readonly<Record<Device, readonly (readonly [PretrainedModelOptions["dtype"] & string, string])[]>> = {
  webgpu: [
    ["fp16", "_fp16"],
    ["q4", "_q4"],
    ["fp32", ""],
    ["q8", "_quantized"],
  ],
  wasm: [
    ["q8", "_quantized"],
    ["fp32", ""],
    ["q4", "_q4"],
  ],
};

let transcribe: AutomaticSpeechRecognitionPipeline | null = null;
/** What is said while the model loads is heard once it is there. */
let loading: Promise<void> = Promise.resolve();

function tell(message: FromRecogniser): void {
  postMessage(message);
}

async function load(address: string): Promise<void> {
  env.allowLocalModels = false;
  env.remoteHost = address;
  env.remotePathTemplate = "";
  env.useBrowserCache = true;
  env.useWasmCache = false; // it would run the runtime from a blob, which this origin refuses
  const wasm = env.backends.onnx.wasm;
  if (wasm !== undefined) {
    wasm.wasmPaths = new URL("ort/", self.location.href).href;
    wasm.proxy = false;
    wasm.numThreads = self.crossOriginIsolated ? Math.max(1, Math.floor(navigator.hardwareConcurrency / 2)) : 1;
  }
  if (!(await exists(`${address}config.json`))) {
    tell({ kind: "failed", why: `There is no model at ${address}`, missing: true });
    return;
  }
  const why: string[] = [];
  for (const device of await devices()) {
    try {
      await loadOn(device, address);
      // The first run makes the plans of all others and takes many times as long: nobody is to wait for it.
      await transcribe?.(new Float32Array(SAMPLE_RATE), { return_timestamps: false });
      tell({ kind: "ready", device, model: address });
      return;
    } catch (error) {
      why.push(`${device}: ${String(error)}`);
    }
  }
  tell({ kind: "failed", why: why.join("; "), missing: false });
}

async function loadOn(device: Device, address: string): Promise<void> {
  const dtype = await bestType(device, address);
  transcribe = await pipeline("automatic-speech-recognition", MODEL, {
    device,
    dtype,
    progress_callback: (info: ProgressInfo) => {
      if (info.status === "progress_total") tell({ kind: "progress", share: info.progress / 100 });
    },
  });
}

async function bestType(device: Device, address: string): Promise<PretrainedModelOptions["dtype"] & string> {
  for (const [type, suffix] of TYPES[device])
    if (await exists(`${address}onnx/encoder_model${suffix}.onnx`)) return type;
  throw new Error(`no encoder for ${device} in ${address}onnx/`);
}

async function exists(address: string): Promise<boolean> {
  const asked = await fetch(address, { method: "HEAD" }).catch(() => null);
  return asked?.ok ?? false;
}

/** WebGPU where there is an adapter: a browser may have the interface and no hardware for it. */
async function devices(): Promise<Device[]> {
  const gpu = (navigator as { gpu?: { requestAdapter(): Promise<unknown> } }).gpu;
  const adapter = await gpu?.requestAdapter().catch(() => null);
  return adapter ? ["webgpu", "wasm"] : ["wasm"];
}

async function hear(id: number, sound: Float32Array): Promise<void> {
  await loading;
  if (transcribe === null) throw new Error("no model is loaded");
  const began = performance.now();
  const heard = await transcribe(sound, { return_timestamps: false });
  const text = (Array.isArray(heard) ? heard.map((part) => part.text).join(" ") : heard.text).trim();
  tell({ kind: "heard", id, text, took_ms: performance.now() - began });
}

self.onmessage = ({ data }: MessageEvent<ToRecogniser>) => {
  if (data.kind === "load") loading = load(data.address);
  else hear(data.id, data.sound).catch((error) => tell({ kind: "unheard", id: data.id, why: String(error) }));
};
