import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const run = promisify(execFile)

/** Checks a tree of files with the project's own rules; returns what the checker prints. */
async function check(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'layers-'))
  try {
    return await checkIn(folder, files)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function checkIn(folder: string, files: Readonly<Record<string, string>>): Promise<string> {
  for (const name of ['.dependency-cruiser.mjs', 'tsconfig.json', 'package.json'])
    await copyFile(join(root, name), join(folder, name))
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  const bin = join(root, 'node_modules/.bin/depcruise')
  const folders = ['src', 'packages'].filter((name) => Object.keys(files).some((file) => file.startsWith(`${name}/`)))
  return run(process.execPath, [bin, '--config', '.dependency-cruiser.mjs', ...folders], { cwd: folder }).then(
    ({ stdout }) => stdout,
    (error: { stdout: string }) => error.stdout,
  )
}

/** `from` imports `to`, and main imports `from`, so that neither is an orphan. */
function planted(from: string, to: string): Record<string, string> {
  const isOurs = /^(src|packages)\//.test(to)
  const path = (target: string): string => (isOurs ? relative(dirname(from), target).replace(/^(?!\.)/, './') : target)
  return {
    ...(isOurs ? { [to]: 'export const b = 1\n' } : {}),
    [from]: `import * as b from '${path(to)}'\nexport const a = b\n`,
  }
}

/** A rule, who breaks it, and by what. */
const BREAKS = [
  ['lib-knows-nothing', 'src/lib/a.ts', 'src/bus/b.ts'],
  ['mechanisms-know-no-feature', 'src/delivery/a.ts', 'src/tickets/b.ts'],
  ['mechanisms-know-no-feature', 'src/membership/a.ts', 'src/presence/b.ts'],
  ['features-do-not-meet', 'src/tickets/a.ts', 'src/notifications/b.ts'],
  ['graphql-calls-features', 'src/graphql/a.ts', 'src/server/b.ts'],
  ['ingress-executes-graphql', 'src/ingress/a.ts', 'src/server/b.ts'],
  ['app-chooses-implementations', 'src/tickets/a.ts', 'src/bus/local-link.ts'],
  ['app-chooses-implementations', 'src/presence/a.ts', 'src/membership/memory-memberships.ts'],
  ['workers-serve-nothing', 'src/workers/a.ts', 'src/server/b.ts'],
  ['main-starts-workers', 'src/server/a.ts', 'src/workers/b.ts'],
  ['nobody-imports-main', 'src/server/a.ts', 'src/cli/b.ts'],
  ['app-is-the-top', 'src/server/a.ts', 'src/app.ts'],
  ['pages-run-in-browsers', 'src/pages/a.ts', 'src/lib/b.ts'],
  ['servers-run-no-pages', 'src/server/a.ts', 'src/pages/b.ts'],
  ['sql-in-storage', 'src/tickets/a.ts', 'node:sqlite'],
  ['redis-in-its-files', 'src/bus/a.ts', 'ioredis'],
  ['jose-in-auth', 'src/server/a.ts', 'jose'],
  ['sockets-in-server', 'src/graphql/a.ts', 'ws'],
  ['metrics-in-server', 'src/bus/a.ts', 'prom-client'],
  ['graphql-in-its-handlers', 'src/tickets/a.ts', 'graphql'],
  ['no-dev-dependencies', 'src/lib/a.ts', 'vitest'],
  ['packages-know-no-server', 'packages/client/src/a.ts', 'src/lib/b.ts'],
  ['server-knows-no-package', 'src/server/a.ts', 'packages/client/src/b.ts'],
  ['client-needs-graphql-ws', 'packages/client/src/a.ts', 'graphql'],
  ['client-knows-no-framework', 'packages/client/src/a.ts', 'packages/client/src/apollo/b.ts'],
  ['client-runs-in-browsers', 'packages/client/src/a.ts', 'node:net'],
] as const

const VIOLATIONS = BREAKS.map(([rule, by, to], index) => {
  const from = by.replace('.ts', `-${index}.ts`)
  return { rule, from, files: planted(from, to) }
})

describe('the import rules', () => {
  test('pass where nothing is wrong, and the files are really read', async () => {
    const output = await check({
      'src/main.ts': "import { a } from './lib/a.ts'\nexport const main = a\n",
      'src/lib/a.ts': 'export const a = 1\n',
    })
    expect(output).toContain('no dependency violations found (2 modules')
  })

  describe('find a planted violation', () => {
    let output = ''
    // All are planted in one tree, which is read once.
    beforeAll(async () => {
      output = await check(Object.assign({}, ...VIOLATIONS.map(({ files }) => files)))
    })
    test.each(VIOLATIONS)('of $rule', ({ rule, from }) => {
      expect(output).toContain(`error ${rule}: ${from}`)
    })
  })

  test('no-cycles and no-orphans find theirs', async () => {
    const output = await check({
      'src/lib/a.ts': "import { b } from './b.ts'\nexport const a: number = b\n",
      'src/lib/b.ts': "import { a } from './a.ts'\nexport const b: number = a\n",
      'src/lib/alone.ts': 'export const alone = 1\n',
    })
    expect(output).toContain('error no-cycles: src/lib/a.ts')
    expect(output).toContain('error no-orphans: src/lib/alone.ts')
  })
})
