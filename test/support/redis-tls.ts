import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './proxy.ts'
import { forTest } from './redis.ts'
import { type Opened, openRedisProcess } from './redis-server.ts'

/** A Redis that speaks nothing but TLS, and knows nobody but one user. */
export interface TlsRedis {
  /** With the name and the password of the user. */
  readonly url: string
  readonly password: string
  /** The certificate of its authority, which no machine trusts by itself. */
  readonly caFile: string
}

// Characters that mean something in a URL.
const PASSWORD = 'p@ss/w:rd?#%'

/** A key and a certificate for 127.0.0.1, signed by itself. */
function makeCertificate(folder: string) {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const names = ['-subj', '/CN=herald-tests', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost']
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1']
  execFileSync('openssl', [...made, '-keyout', key, '-out', cert, ...names], { stdio: 'ignore' })
  return { key, cert }
}

async function openTlsRedis(): Promise<Opened<TlsRedis>> {
  const folder = mkdtempSync(join(tmpdir(), 'herald-tls-'))
  const { key, cert } = makeCertificate(folder)
  const port = await freePort()
  const tls = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', cert, '--tls-auth-clients', 'no']
  const rights = ['~test-*', '&test-*', '+@all', '-@dangerous', '+info']
  const users = ['--user', 'herald', 'on', `>${PASSWORD}`, ...rights, '--user', 'default', 'off']
  const server = await openRedisProcess(['--port', '0', '--tls-port', String(port), ...tls, ...users])
  return {
    url: `rediss://herald:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}`,
    password: PASSWORD,
    caFile: cert,
    close: async () => {
      await server.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Starts one that ends with the test. */
export function startTlsRedis(): Promise<TlsRedis> {
  return forTest(openTlsRedis)
}
