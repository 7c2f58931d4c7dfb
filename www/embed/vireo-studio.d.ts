// Types of vireo-studio __VERSION__.

// <rust>
export type StudioModel = 'veo3' | 'veo3_fast' | 'veo3_lite';
export type StudioMode = 'TEXT_2_VIDEO' | 'FIRST_AND_LAST_FRAMES_2_VIDEO' | 'REFERENCE_2_VIDEO';
export type StudioRatio = '16:9' | '9:16' | 'Auto';
export type StudioResolution = '720p' | '1080p' | '4k';
export type StudioDuration = 4 | 6 | 8;
export type StudioState = 'queued' | 'sending' | 'unknown' | 'rejected' | 'generating' | 'succeeded' | 'failed' | 'stale';
export type StudioKind = 'generate' | 'upgrade' | 'extend';
export type StudioCharged = 'no' | 'yes' | 'unknown';

/** Fields of `config.json` that an element has. */
export interface StudioConfigFile {
  mediaOrigins?: string[];
  relayBase?: string;
  typicalSeconds?: Partial<Record<StudioModel, number>>;
  version?: number;
}

/** A request in the provider's names; what is left out is as the provider has it by default. */
export interface StudioRequest {
  aspectRatio?: StudioRatio;
  aspect_ratio?: StudioRatio;
  duration?: StudioDuration;
  enableTranslation?: boolean;
  generationType?: StudioMode;
  imageUrls?: string[];
  model?: StudioModel;
  prompt: string;
  resolution?: StudioResolution;
  seeds?: number;
  watermark?: string;
}

/** What went wrong, in the provider's words where it has any. */
export interface StudioError {
  code: number | null;
  message: string;
}

/** A video as the studio knows it; what is not known is `null`. Times are in milliseconds. */
export interface StudioTask {
  aspectRatio?: StudioRatio;
  charged: StudioCharged;
  completedAt: number | null;
  createdAt: number;
  duration?: StudioDuration;
  error: StudioError | null;
  intentId: string;
  kind: StudioKind;
  model: StudioModel | null;
  parentId: string | null;
  prompt: string;
  resolution: StudioResolution | null;
  state: StudioState;
  taskId: string | null;
  urls: string[];
}
// </rust>

/** Everything the attributes say, and the fields of `config.json` that an element has. */
export interface StudioConfig extends StudioConfigFile, Omit<StudioAttributes, 'aspect-ratio'> {
  aspectRatio?: StudioRatio;
}

/** What a page is asked before something is sent. */
export interface StudioWish extends StudioTask {
  request?: StudioRequest;
}

export interface StudioCrash {
  during: 'load' | 'run';
  message: string;
}

export interface StudioEventMap {
  'vireo-ready': CustomEvent<{ version: string }>;
  'vireo-submit': CustomEvent<StudioWish>;
  'vireo-accepted': CustomEvent<StudioTask>;
  'vireo-progress': CustomEvent<StudioTask>;
  'vireo-succeeded': CustomEvent<StudioTask>;
  'vireo-failed': CustomEvent<StudioTask>;
  'vireo-unknown': CustomEvent<StudioTask>;
  'vireo-crash': CustomEvent<StudioCrash>;
}

/** What the element and its frame have in common. */
export interface StudioFace extends HTMLElement {
  config: StudioConfig;
  /** Issues a short-lived access token for the relay. */
  getToken?: () => Promise<string> | string | undefined;
  readonly tasks: readonly StudioTask[];
  readonly ready: Promise<void>;
  generate(request: StudioRequest): Promise<StudioTask>;
  open(id: string): Promise<boolean>;
  exportLibrary(): Promise<Blob>;
  destroy(): void;
  addEventListener<K extends keyof StudioEventMap>(
    type: K, listener: (event: StudioEventMap[K]) => unknown, options?: boolean | AddEventListenerOptions): void;
  addEventListener<K extends keyof HTMLElementEventMap>(
    type: K, listener: (event: HTMLElementEventMap[K]) => unknown, options?: boolean | AddEventListenerOptions): void;
  addEventListener(
    type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
}

export interface VireoStudioElement extends StudioFace {}
export declare const VireoStudioElement: {
  readonly prototype: VireoStudioElement;
  readonly version: string;
  new (): VireoStudioElement;
};

/** Defines the element under a tag name; a name that is taken stays with whoever took it. */
export declare function defineVireoStudio(tag?: string): void;

/** The attributes as markup spells them. */
export interface StudioAttributes {
  /** Address of the relay; `relayBase` in a configuration is the same. */
  relay?: string;
  model?: StudioModel;
  'aspect-ratio'?: StudioRatio;
  prompt?: string;
  lang?: string;
  theme?: 'auto' | 'light' | 'dark';
  loading?: 'lazy' | 'eager' | 'manual';
  layout?: 'full' | 'compact' | 'player';
  storage?: 'persistent' | 'session' | 'none';
  namespace?: string;
}

declare global {
  interface HTMLElementTagNameMap {
    'vireo-studio': VireoStudioElement;
  }
}
