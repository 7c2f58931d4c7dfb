// Types of vireo-studio __VERSION__.

export type StudioModel = 'veo3' | 'veo3_fast' | 'veo3_lite';
export type StudioRatio = '16:9' | '9:16' | 'Auto';
export type StudioState =
  | 'queued' | 'sending' | 'unknown' | 'rejected' | 'generating' | 'succeeded' | 'failed' | 'stale';

/** Everything the attributes say, and the fields of `config.json` that an element has. */
export interface StudioConfig {
  /** Address of the relay. */
  relay?: string;
  /** The same under its name in `config.json`. */
  relayBase?: string;
  model?: StudioModel;
  aspectRatio?: StudioRatio;
  prompt?: string;
  lang?: string;
  theme?: 'auto' | 'light' | 'dark';
  loading?: 'lazy' | 'eager' | 'manual';
  layout?: 'full' | 'compact' | 'player';
  storage?: 'persistent' | 'session' | 'none';
  namespace?: string;
  version?: 1;
  /** Origins whose result links are accepted besides public `https:` ones. */
  mediaOrigins?: string[];
  /** Prior medians of the generation time in seconds, by model. */
  typicalSeconds?: Partial<Record<StudioModel, number>>;
}

/** A request in the provider's names. */
export interface StudioRequest {
  prompt: string;
  imageUrls?: string[];
  model?: StudioModel;
  generationType?: 'TEXT_2_VIDEO' | 'FIRST_AND_LAST_FRAMES_2_VIDEO' | 'REFERENCE_2_VIDEO';
  aspect_ratio?: StudioRatio;
  aspectRatio?: StudioRatio;
  resolution?: '720p' | '1080p' | '4k';
  duration?: 4 | 6 | 8;
  seeds?: number;
  watermark?: string;
  enableTranslation?: boolean;
}

/** A video as the studio knows it; what is not known is `null`. */
export interface StudioTask {
  intentId: string;
  taskId: string | null;
  parentId: string | null;
  kind: 'generate' | 'upgrade' | 'extend';
  state: StudioState;
  prompt: string;
  model: string | null;
  aspectRatio?: StudioRatio;
  resolution: string | null;
  duration?: number;
  createdAt: number;
  completedAt: number | null;
  urls: string[];
  charged: 'no' | 'yes' | 'unknown';
  error: { code: number | null; message: string } | null;
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
  addEventListener(
    type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
}

export declare class VireoStudioElement extends HTMLElement {
  static readonly version: string;
}
export interface VireoStudioElement extends StudioFace {}

/** Defines the element under a tag name; a name that is taken stays with whoever took it. */
export declare function defineVireoStudio(tag?: string): void;

/** The attributes as markup spells them. */
export interface StudioAttributes {
  relay?: string;
  model?: StudioModel;
  'aspect-ratio'?: StudioRatio;
  prompt?: string;
  lang?: string;
  theme?: StudioConfig['theme'];
  loading?: StudioConfig['loading'];
  layout?: StudioConfig['layout'];
  storage?: StudioConfig['storage'];
  namespace?: string;
}

declare global {
  interface HTMLElementTagNameMap {
    'vireo-studio': VireoStudioElement;
    'vireo-studio-frame': StudioFace;
  }
}
