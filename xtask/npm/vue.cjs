// Makes a module of a Vue component, as a Vue project's bundler does: `node vue.cjs Studio.vue` prints it.
const { compileScript, parse } = require('vue/compiler-sfc');
const { readFileSync } = require('node:fs');

const { descriptor, errors } = parse(readFileSync(process.argv[2], 'utf8'));
if (errors.length) throw errors[0];
const isCustomElement = (tag) => tag.startsWith('vireo-');
const { content } = compileScript(descriptor, {
  id: 'studio', inlineTemplate: true, templateOptions: { compilerOptions: { isCustomElement } },
});
process.stdout.write(content);
