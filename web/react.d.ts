// For React 18 and later with TypeScript: import type {} from "heed-view/react" lets JSX know <heed-view>.
import type { ClassAttributes, HTMLAttributes } from "react";
import type { HeedAttributes, HeedView } from "./heed.d.ts";

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "heed-view": HeedAttributes & Omit<HTMLAttributes<HeedView>, keyof HeedAttributes> & ClassAttributes<HeedView> & { class?: string };
    }
  }
}
