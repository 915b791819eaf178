import { spawnSync } from 'node:child_process'
import { cpSync, globSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'

interface Stage {
  readonly folder: string
  workdir: string
}

/** What a Dockerfile says of the container that it is for. */
export interface Image {
  /** The folder that stands for `/`. */
  readonly folder: string
  readonly workdir: string
  readonly env: Readonly<Record<string, string>>
  readonly command: readonly string[]
  readonly healthCheck: readonly string[]
}

export interface BuildOptions {
  /** The folder with the Dockerfile and what it copies. */
  readonly context: string
  /** Where the stages are made. */
  readonly folder: string
  /** The environment of the commands that are run. */
  readonly env: Readonly<Record<string, string>>
  /** Called for each command instead of running it, unless it returns false. */
  readonly instead: (command: string, workdir: string) => boolean
}

function instructionsOf(text: string): readonly (readonly [string, string])[] {
  return text
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => [line.split(' ', 1)[0] ?? '', line.slice(line.indexOf(' ') + 1).trim()])
}

function copy(from: string, pattern: string, to: string, isFolder: boolean): void {
  for (const name of globSync(pattern, { cwd: from })) {
    const source = join(from, name)
    // Docker copies what is in a folder, not the folder.
    const target = statSync(source).isDirectory() || !isFolder ? to : join(to, basename(name))
    mkdirSync(join(target, '..'), { recursive: true })
    cpSync(source, target, { recursive: true, verbatimSymlinks: true })
  }
}

/** Does the steps of a Dockerfile in folders, for a machine without Docker. Throws when a step fails, and for one that it does not know. */
export function buildInFolder({ context, folder, env, instead }: BuildOptions): Image {
  const stages = new Map<string, Stage>()
  const image = { env: {} as Record<string, string>, command: [] as string[], healthCheck: [] as string[] }
  let stage: Stage = { folder, workdir: '/' }
  const within = (path: string): string => join(stage.folder, path.startsWith('/') ? path : join(stage.workdir, path))

  const steps: Readonly<Record<string, (rest: string) => void>> = {
    FROM: (rest) => {
      const name = rest.split(/ AS /i)[1] ?? 'last'
      stage = { folder: join(folder, name), workdir: '/' }
      stages.set(name, stage)
      mkdirSync(stage.folder)
    },
    WORKDIR: (rest) => {
      stage.workdir = rest
      mkdirSync(within(rest), { recursive: true })
    },
    COPY: (rest) => {
      const [, from] = rest.match(/^--from=(\S+)/) ?? []
      const paths = rest.replace(/^--from=\S+ /, '').split(/\s+/)
      const target = paths.pop() ?? ''
      const origin = from === undefined ? context : stages.get(from)?.folder
      if (origin === undefined) throw new Error(`There is no stage ${from}.`)
      for (const path of paths) copy(origin, path.replace(/^\.?\//, ''), within(target), target.endsWith('/'))
    },
    RUN: (rest) => {
      const cwd = within('.')
      if (instead(rest, cwd)) return
      const { status, stderr } = spawnSync('sh', ['-e', '-c', rest], { cwd, env, encoding: 'utf8' })
      if (status !== 0) throw new Error(`${rest}: ${stderr}`)
    },
    ENV: (rest) => void Object.assign(image.env, Object.fromEntries(rest.split(' ').map((one) => one.split('=')))),
    HEALTHCHECK: (rest) => image.healthCheck.splice(0, Infinity, ...JSON.parse(rest.slice(rest.indexOf('CMD ') + 4))),
    CMD: (rest) => image.command.splice(0, Infinity, ...JSON.parse(rest)),
    ...{ USER: () => {}, VOLUME: () => {}, EXPOSE: () => {} },
  }
  for (const [name, rest] of instructionsOf(readFileSync(join(context, 'Dockerfile'), 'utf8'))) {
    const step = steps[name]
    if (!step) throw new Error(`${name} is a step that this does not know.`)
    step(rest)
  }
  return { ...image, folder: stage.folder, workdir: within('.') }
}
