import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";

import { build, type Plugin, type ResolvedConfig } from "vite";
import { defineConfig } from "vitest/config";

const LARGEST_WIDGET_BYTES = 15 * 1024;

/** Builds the widget beside the page: one classic script with a stable name, for sites to embed. */
function widget(): Plugin {
  let config: ResolvedConfig;
  return {
    name: "widget",
    apply: "build",
    configResolved(resolved) {
      config = resolved;
    },
    async closeBundle() {
      const outDir = resolve(config.root, config.build.outDir);
      await build({
        configFile: false,
        root: config.root,
        logLevel: "warn",
        publicDir: false,
        build: {
          target: "es2020",
          outDir,
          emptyOutDir: false,
          lib: { entry: "src/widget.ts", name: "oknoChat", formats: ["iife"], fileName: () => "widget.js" },
        },
      });
      const bytes = gzipSync(readFileSync(resolve(outDir, "widget.js"))).length;
      if (bytes > LARGEST_WIDGET_BYTES) throw new Error(`widget.js: ${bytes} bytes gzipped, of ${LARGEST_WIDGET_BYTES}`);
      config.logger.info(`widget.js: ${bytes} bytes gzipped, of ${LARGEST_WIDGET_BYTES}`);
    },
  };
}

export default defineConfig({
  base: "/chat/",
  plugins: [widget()],
  build: {
    outDir: "../static",
    emptyOutDir: true,
    // A data: address in a style would need a wider policy for the page.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  test: { environment: "happy-dom", include: ["tests/**/*.test.ts"] },
});
