// Print as one style sheet the rules that the pages of a site can use.
// node purge.js <folder of node_modules> <folder of the site> <file with further names of classes> <style sheet in the site> ...
const fs = require("fs");
const path = require("path").posix;
const [modules, site, further, ...sheets] = process.argv.slice(2);
const { PurgeCSS } = require(require.resolve("purgecss", { paths: [modules] }));

// The sheet's rules with those that it imports, and addresses as they read from _static.
function load(sheet) {
  const folder = path.dirname(sheet);
  return fs.readFileSync(`${site}/${sheet}`, "utf8")
    .replace(/url\((["']?)(?!data:|#)([^)"']+)\1\)/g, (_, __, to) => `url(${path.relative("_static", path.join(folder, to))})`)
    .replace(/@import "([^"]+)";/g, (_, other) => load(path.join(folder, other)));
}

new PurgeCSS().purge({
  content: [`${site}/**/*.html`, `${site}/_static/**/!(fontawesome).js`, further],
  css: sheets.map((sheet) => ({ raw: load(sheet) })),
  // What scripts set, and the state of folded parts.
  dynamicAttributes: ["aria-expanded", "aria-selected", "data-mode", "data-theme", "open"],
}).then((purged) => process.stdout.write(purged.map((sheet) => sheet.css).join("\n")));
