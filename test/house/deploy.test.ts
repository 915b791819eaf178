import { spawnSync } from 'node:child_process'
import { copyFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { CONFIG_KEYS } from '../../src/config-keys.ts'
import { blocksOf } from '../support/documentation.ts'
import { tempFolder } from '../support/temp.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const FOLDER = join(ROOT, 'examples/deploy')

/** The documents of a file of YAML. Fails when it is none. */
function yamlOf(path: string) {
  return parseAllDocuments(readFileSync(join(ROOT, path), 'utf8'), { merge: true }).map((document) => {
    expect(document.errors).toEqual([])
    return document.toJS()
  })
}

function expectKeys(names: readonly string[]): void {
  expect(names.length).toBeGreaterThan(1)
  expect(names.filter((name) => !(name in CONFIG_KEYS))).toEqual([])
}

/** How long Herald takes to close its sockets, in seconds, unless `ms` says it. */
function drainSeconds(ms = CONFIG_KEYS.DRAIN_MS.fallback): number {
  return Number(ms) / 1_000
}

describe('examples/deploy', () => {
  test('has manifests for Kubernetes that belong together, with keys that Herald has', () => {
    const [deployment, service, budget, ingress, ...more] = yamlOf('examples/deploy/kubernetes.yaml')
    expect([deployment, service, budget, ingress].map(({ kind }) => kind)).toEqual([
      'Deployment',
      'Service',
      'PodDisruptionBudget',
      'Ingress',
    ])
    expect(more).toEqual([])
    const { selector, template } = deployment.spec
    expect([template.metadata.labels, service.spec.selector, budget.spec.selector.matchLabels]).toEqual(
      Array.from({ length: 3 }, () => selector.matchLabels),
    )
    const [container] = template.spec.containers
    const env: readonly { name: string; value: string }[] = container.env
    expectKeys(env.map(({ name }) => name))
    const drain = drainSeconds(env.find(({ name }) => name === 'DRAIN_MS')?.value)
    expect(template.spec.terminationGracePeriodSeconds).toBeGreaterThan(5 + drain)
    expect(service.spec.ports[0].targetPort).toBe(container.ports[0].containerPort)
    expect(ingress.spec.rules[0].http.paths[0].backend.service.name).toBe(service.metadata.name)
    expect([container.livenessProbe, container.readinessProbe].map(({ httpGet }) => httpGet.path)).toEqual([
      '/live',
      '/ready',
    ])
  })

  test('has a unit of systemd with keys that Herald has, which gives it time to stop', () => {
    const unit = readFileSync(join(FOLDER, 'herald.service'), 'utf8')
    const [, settings = ''] = unit.match(/^Environment=(.+)$/m) ?? []
    expectKeys(settings.split(' ').map((setting) => setting.split('=')[0] ?? ''))
    expect(Number(unit.match(/^TimeoutStopSec=(\d+)$/m)?.[1])).toBeGreaterThan(drainSeconds())
  })

  test('is what compose.yaml says of Herald, too', () => {
    const [{ services }] = yamlOf('compose.yaml')
    expectKeys(Object.keys(services['herald-1'].environment))
    expect(services['herald-2'].environment).toEqual(services['herald-1'].environment)
  })
})

test('the command of docs/deploy.md writes the secrets of compose.yaml once', () => {
  const folder = tempFolder()
  const [write] = blocksOf('docs/deploy.md', 'sh')
  const secrets = () => {
    expect(spawnSync('sh', ['-e', '-c', write?.text ?? ''], { cwd: folder }).status).toBe(0)
    return readFileSync(join(folder, '.env'), 'utf8')
  }
  const first = secrets()
  expect(first).toMatch(/^JWT_SECRET=\S{44}\nPOSTGRES_PASSWORD=[0-9a-f]{32}\n$/)
  expect(secrets()).toBe(first)
  expect(statSync(join(folder, '.env')).mode & 0o077).toBe(0)
})

/** A certificate with its key in one file, as proxies want it. */
function makeCertificate(folder: string): string {
  const [key, pem] = [join(folder, 'key.pem'), join(folder, 'herald.pem')]
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=herald.example.com']
  expect(spawnSync('openssl', [...request, '-keyout', key, '-out', pem]).status).toBe(0)
  writeFileSync(pem, readFileSync(pem, 'utf8') + readFileSync(key, 'utf8'))
  return pem
}

/** A file of the examples as it is in `folder`, with a certificate that is there. */
function place(file: string, folder: string): string {
  const text = readFileSync(join(FOLDER, file), 'utf8')
  const pem = text.includes('/etc/ssl/') ? makeCertificate(folder) : ''
  writeFileSync(join(folder, file), text.replaceAll(/\/etc\/ssl\/herald\.\w+/g, pem))
  return join(folder, file)
}

/** How a program checks its file of the examples. */
const CHECKS = [
  [
    'nginx',
    (folder: string) => {
      const main = join(folder, 'main.conf')
      const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
        (name) => `${name}_temp_path ${folder}/t;`,
      )
      const http = `access_log off; ${places.join(' ')} include ${place('nginx.conf', folder)};`
      writeFileSync(main, `pid ${folder}/pid; error_log stderr; events {} http { ${http} }\n`)
      return ['-t', '-q', '-c', main]
    },
    ['-v'],
  ],
  ['haproxy', (folder: string) => ['-c', '-q', '-f', place('haproxy.cfg', folder)], ['-v']],
  [
    'caddy',
    (folder: string) => ['adapt', '--adapter', 'caddyfile', '--config', place('Caddyfile', folder)],
    ['version'],
  ],
  [
    'systemd-analyze',
    (folder: string) => {
      const unit = join(folder, 'herald.service')
      copyFileSync(join(FOLDER, 'herald.service'), unit)
      // Where Node is here.
      writeFileSync(unit, readFileSync(unit, 'utf8').replaceAll('/usr/bin/node', process.execPath))
      return ['verify', unit]
    },
    ['--version'],
  ],
] as const

const here = CHECKS.filter(([program, , how]) => spawnSync(program, how).status === 0)

describe('the files of examples/deploy', () => {
  test('are all known here', () => {
    const known = ['Caddyfile', 'haproxy.cfg', 'herald.service', 'kubernetes.yaml', 'nginx.conf']
    expect(readdirSync(FOLDER).sort()).toEqual(known)
    const missing = CHECKS.filter((check) => !here.includes(check)).map(([program]) => program)
    if (missing.length > 0) process.stderr.write(`Not on this machine, and so not asked: ${missing.join(', ')}\n`)
  })

  test.each(here)('are what %s accepts', (program, prepare) => {
    const { status, stderr } = spawnSync(program, prepare(tempFolder()), { encoding: 'utf8' })
    expect(status, stderr).toBe(0)
  })
})
