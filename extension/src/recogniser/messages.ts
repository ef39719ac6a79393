/** Between the offscreen document and the worker that turns sound into words. */

export type Device = "webgpu" | "wasm";

export type ToRecogniser =
  /** `address` ends in a slash; under it are the files of a Whisper as transformers.js wants them. */
  | { readonly kind: "load"; readonly address: string }
  | { readonly kind: "hear"; readonly id: number; readonly sound: Float32Array };

export type FromRecogniser =
  | { readonly kind: "progress"; readonly share: number }
  | { readonly kind: "ready"; readonly device: Device; readonly model: string }
  | { readonly kind: "failed"; readonly why: string; readonly missing: boolean }
  | { readonly kind: "heard"; readonly id: number; readonly text: string; readonly took_ms: number }
  | { readonly kind: "unheard"; readonly id: number; readonly why: string };
