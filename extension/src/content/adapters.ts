/** The form of generated/platform_adapters.json; docs/reference/platforms.md says what each part means. */

export interface Form {
  readonly kind: string;
  readonly path: string;
  readonly hosts?: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
  readonly also?: Readonly<Record<string, string>>;
  readonly shows?: string;
  readonly follow?: string;
}

/** CSS selectors, the best first, and the document's events after which another video may be there. */
export interface Player {
  readonly video: readonly string[];
  readonly frame?: readonly string[];
  readonly title?: readonly string[];
  readonly moved?: readonly string[];
}

export interface Adapter {
  readonly platform: string;
  readonly hosts: readonly string[];
  readonly words: Readonly<Record<string, string>>;
  readonly forms: readonly Form[];
  readonly subjects: Readonly<Record<string, { readonly id: string; readonly urls: readonly string[] }>>;
  readonly titles: readonly string[];
  readonly player: Player;
  readonly key?: string;
}

export interface Adapters {
  readonly format: number;
  readonly version: number;
  readonly hash: string;
  readonly address: {
    readonly pattern: string;
    readonly margin: string;
    readonly ports: Readonly<Record<string, string>>;
    readonly max: number;
  };
  readonly spaces: string;
  readonly adapters: readonly Adapter[];
  readonly generic: {
    readonly noise: readonly { readonly name: string; readonly value: string }[];
    readonly route: string;
    readonly player: Player;
  };
}
