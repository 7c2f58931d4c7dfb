// Types of vireo-studio/frame __VERSION__.
import type { StudioFace } from './vireo-studio.js';

export interface VireoStudioFrameElement extends StudioFace {}
export declare const VireoStudioFrameElement: {
  readonly prototype: VireoStudioFrameElement;
  readonly version: string;
  new (): VireoStudioFrameElement;
};

/** Defines the element under a tag name; a name that is taken stays with whoever took it. */
export declare function defineVireoStudioFrame(tag?: string): void;

declare global {
  interface HTMLElementTagNameMap {
    'vireo-studio-frame': VireoStudioFrameElement;
  }
}
