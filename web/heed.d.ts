// <heed-view>: its attributes, properties, methods and events. web/README.md says what each of them means.

/** What one run of a model saw: the format heed.record/1. Layers, heads, rows and columns count from 0. */
export interface HeedRecord {
  format: string;
  model: string;
  task: string;
  text: string;
  output: string;
  notices?: string[];
  tokens: { source: HeedToken[]; target?: HeedToken[] };
  maps: HeedMap[];
  predictions?: HeedPrediction[];
  /** What each layer would predict, were it the last. */
  lens?: { layer: number; predictions: HeedPrediction[] }[];
  context?: { rows: number; cols: number; values: number[]; states?: number[] };
  /** A sentence model's vector of the whole text. */
  vector?: number[];
  /** How one row of weights came about: its query, the keys and values, scores before the softmax, and what came of them. */
  detail?: { kind: string; layer: number; head: number; row: number; score: string; scale: number; q: number[]; k: number[]; v: number[]; vector?: number[]; scores: number[]; weights: number[]; mask?: number[]; output: number[] };
  /** What explains the run, in the views that do. */
  ablation?: { part: string; kind: string; layer?: number; head?: number; position?: number; delta: number; changed?: boolean; output?: string }[];
  ablatedWith?: string;
  patch?: { kind: string; layer: number; head?: number; position: number; recovered: number }[];
  /** Of `patch`, the other run; `other` is "" where both runs have `token` next, whose log-probability is compared then. */
  donor?: { text: string; output: string; own?: string; target?: string[]; position: number; token: string; other: string; base: number; full: number; note?: string };
  attribution?: HeedAttribution;
  why?: { kind: string; layer: number; head: number; row: number; col: number; score: number; parts: { query: string; key: string; value: number }[] };
  adversary?: { keys: string[]; rows: { token: string; weights: number[]; other: number[]; distance: number; change: number }[]; same: boolean };
  heads?: { corpus: string; heads: ({ kind: string; layer: number; head: number; chance: HeedShares } & HeedShares)[] };
  /** What the run came to without changes by hand; p is the geometric mean of its tokens' probabilities. */
  before?: { output: string; p?: number };
  /** What was changed by hand, as the attributes of these names have it; temperature is that of attention. */
  changes?: { off?: string; force?: string; patched?: string; from?: string; replace?: string; steer?: string; toward?: string; away?: string; temperature?: number };
}

/** The most probable tokens behind a position. */
export interface HeedPrediction {
  position: number;
  top: { text: string; id: number; p: number }[];
}

/** Mean weights of a head on certain keys, over a corpus. */
export type HeedShares = Record<"previous" | "next" | "first" | "same" | "duplicate" | "punctuation" | "induction" | "separator" | "noun" | "verb", number> & { translation?: number };

/** How much each token contributes to an output token, by one method. */
export interface HeedAttribution {
  method: string;
  position: number;
  token: string;
  id: number;
  value: number;
  source: number[];
  target?: number[];
  parts?: { name: string; kind?: string; layer?: number; head?: number; value: number }[];
  gap: number;
  steps?: number;
  /** The same by another method, to compare. */
  beside?: HeedAttribution;
}

export interface HeedToken {
  text: string;
  id: number;
  /** UTF-8 byte offsets: of the text for source tokens, of the output for target tokens. */
  start: number;
  end: number;
  /** Number of the word that the piece belongs to; -1 for special tokens. */
  word: number;
  special?: boolean;
}

/** One head's attention: rows are queries, columns keys, row-major; each row sums to 1. */
export interface HeedMap {
  kind: "self" | "decoder" | "cross" | "rnn";
  layer: number;
  head: number;
  rows: number;
  cols: number;
  weights: number[];
  scores?: number[];
  mask?: number[];
}

export interface HeedSelection {
  view: string;
  kind: string;
  layer: number;
  /** A number, a list such as "1,3", or "mean". */
  head: string;
  row?: number;
  column?: number;
  /** Of a tower, in place of row: the floor, counted from the ground. */
  floor?: number;
}

export interface HeedEventMap {
  "heed-load": CustomEvent<{ model: string }>;
  "heed-progress": CustomEvent<{ done: number; total: number }>;
  "heed-record": CustomEvent<HeedRecord>;
  "heed-select": CustomEvent<HeedSelection>;
  "heed-step": CustomEvent<{ step: number; steps: number }>;
  "heed-error": CustomEvent<{ message: string }>;
}

/** What a property takes. It is read back as a string, or null without the attribute. */
type Attribute = string | null;

export declare class HeedView extends HTMLElement {
  get model(): Attribute; set model(value: Attribute);
  get text(): string; set text(value: Attribute);
  get target(): Attribute; set target(value: Attribute);
  get view(): Attribute; set view(value: Attribute);
  get kind(): Attribute; set kind(value: Attribute);
  get layer(): Attribute; set layer(value: Attribute | number);
  get head(): Attribute; set head(value: Attribute | number);
  get token(): Attribute; set token(value: Attribute | number);
  get key(): Attribute; set key(value: Attribute | number);
  get compare(): Attribute; set compare(value: Attribute);
  get ablate(): Attribute; set ablate(value: Attribute);
  get with(): Attribute; set with(value: Attribute);
  get patch(): Attribute; set patch(value: Attribute);
  get at(): Attribute; set at(value: Attribute);
  get attribute(): Attribute; set attribute(value: Attribute);
  get words(): Attribute; set words(value: Attribute | boolean);
  get special(): Attribute; set special(value: Attribute | boolean);
  get threshold(): Attribute; set threshold(value: Attribute | number);
  get layout(): Attribute; set layout(value: Attribute);
  get lens(): Attribute; set lens(value: Attribute | boolean);
  get roles(): Attribute; set roles(value: Attribute | boolean);
  get off(): Attribute; set off(value: Attribute);
  get force(): Attribute; set force(value: Attribute);
  get patched(): Attribute; set patched(value: Attribute);
  get from(): Attribute; set from(value: Attribute);
  get replace(): Attribute; set replace(value: Attribute);
  get steer(): Attribute; set steer(value: Attribute);
  get toward(): Attribute; set toward(value: Attribute);
  get away(): Attribute; set away(value: Attribute);
  get attentionTemperature(): Attribute; set attentionTemperature(value: Attribute | number);
  get temperature(): Attribute; set temperature(value: Attribute | number);
  get topK(): Attribute; set topK(value: Attribute | number);
  get topP(): Attribute; set topP(value: Attribute | number);
  get weights(): Attribute; set weights(value: "int8" | "float32" | null);
  get threads(): Attribute; set threads(value: Attribute | number);
  get present(): Attribute; set present(value: Attribute | boolean);
  get step(): Attribute; set step(value: Attribute | number);
  get theme(): Attribute; set theme(value: "auto" | "light" | "dark" | null);
  get controls(): Attribute; set controls(value: "full" | "minimal" | "none" | null);
  get loading(): Attribute; set loading(value: "lazy" | "eager" | null);
  editable: boolean;

  /** The last Record, or null before the first. What is set is the URL of one to draw. */
  get record(): HeedRecord | null; set record(value: Attribute);

  /** Shows a text, wherever the element stands, and resolves to its Record. */
  run(text: string): Promise<HeedRecord>;

  /** The picture that is shown, as the text of an SVG. */
  toSVG(): Promise<string>;
  /** The picture that is shown, at twice its size. */
  toPNG(): Promise<Blob>;

  /** The bytes that the elements of this page hold together, in Go, after a collection; 0 before the first. */
  static heap(): Promise<number>;

  addEventListener<K extends keyof HeedEventMap>(type: K, listener: (this: HeedView, event: HeedEventMap[K]) => unknown, options?: boolean | AddEventListenerOptions): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void;
  removeEventListener<K extends keyof HeedEventMap>(type: K, listener: (this: HeedView, event: HeedEventMap[K]) => unknown, options?: boolean | EventListenerOptions): void;
  removeEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | EventListenerOptions): void;
}

/** The attributes as markup in JSX takes them. */
export interface HeedAttributes {
  model?: string;
  text?: string;
  target?: string;
  view?: string;
  kind?: "cross" | "rnn" | "self" | "decoder";
  layer?: number | string;
  head?: number | string;
  token?: number | string;
  key?: number | string;
  compare?: string;
  ablate?: string;
  with?: "zero" | "mean";
  patch?: string;
  at?: string;
  attribute?: string;
  words?: boolean | 0 | 1 | "0" | "1";
  special?: boolean | 0 | 1 | "0" | "1";
  threshold?: number | string;
  layout?: "columns" | "arcs";
  lens?: boolean | 0 | 1 | "0" | "1";
  roles?: boolean | 0 | 1 | "0" | "1";
  off?: string;
  force?: string;
  patched?: string;
  from?: string;
  replace?: string;
  steer?: string;
  toward?: string;
  away?: string;
  "attention-temperature"?: number | string;
  temperature?: number | string;
  "top-k"?: number | string;
  "top-p"?: number | string;
  weights?: "int8" | "float32";
  threads?: number | string;
  present?: boolean | 0 | 1 | "0" | "1";
  step?: number | string;
  theme?: "auto" | "light" | "dark";
  controls?: "full" | "minimal" | "none";
  editable?: boolean | "" | "true" | "false";
  loading?: "lazy" | "eager";
  record?: string;
}

declare global {
  interface HTMLElementTagNameMap {
    "heed-view": HeedView;
  }
  namespace JSX { // of compilers without a namespace of their own; for React see heed-view/react
    interface IntrinsicElements {
      "heed-view": HeedAttributes & { children?: unknown; id?: string; class?: string; style?: unknown; ref?: unknown };
    }
  }
}

/** Says where models lie: what modules of heed-models export, or the address of a folder of models. Before the first element is shown. */
export declare function use(...places: (string | Record<string, string>)[]): void;

/** The promise of the element's class; undefined where there is no browser. */
export declare const defined: Promise<typeof HeedView | undefined>;
export default defined;
