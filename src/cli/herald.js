#!/usr/bin/env node
// JavaScript that an old Node reads too, so that it can say what is missing.
const NEEDED = 24

if (Number(process.versions.node.split('.')[0]) < NEEDED) {
  process.stderr.write(
    `Herald needs Node.js ${NEEDED} or newer, and this is ${process.versions.node}. ` +
      'Install it from https://nodejs.org, or start Herald with "npm start", which brings its own.\n',
  )
  process.exitCode = 1
} else {
  void import('./commands.ts').then(({ runCommandLine }) => runCommandLine(process.argv.slice(2), process.env))
}
