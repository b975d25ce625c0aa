/// <reference types="vitest/config" />
import { defineConfig, type Plugin } from "vite";

/** Lets the daemon send the compressed file as it lies there: each `x.js` and `x.css` gets an `x.js.gz` beside it. */
function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    async writeBundle(options, bundle) {
      const { gzipSync } = await import("node:zlib");
      const { writeFile } = await import("node:fs/promises");
      for (const [name, item] of Object.entries(bundle)) {
        if (!/\.(js|css)$/.test(name)) continue;
        const content = item.type === "chunk" ? item.code : item.source;
        await writeFile(`${options.dir}/${name}.gz`, gzipSync(content, { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  plugins: [compressed()],
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: "manifest.json",
    reportCompressedSize: false,
    rolldownOptions: { input: { index: "index.html", overlay: "overlay.html" } },
  },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});
