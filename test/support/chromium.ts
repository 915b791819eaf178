import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type BrowserServer, chromium } from 'playwright-core'
import { canInstall, installPackage } from './apt-install.ts'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']

/**
 * How Chromium is started. It asks for nothing by itself, and finds no other host than this machine: a page that loads something from
 * elsewhere fails, whether or not the machine has internet. Tests often run as root, for whom Chromium has no sandbox.
 */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
]

function find(): string | undefined {
  const folders = ['/usr/bin', ...(process.env['PATH'] ?? '').split(delimiter)]
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(existsSync)
}

/** The program that CHROMIUM_PATH names, or one of this machine. Installs Debian's when there is none, or throws and says what to do. */
function requireChromium(): string {
  const named = process.env['CHROMIUM_PATH']
  if (named && !existsSync(named)) throw new Error(`CHROMIUM_PATH is ${named}, and there is no such file.`)
  const found = named || find()
  if (found) return found
  if (canInstall()) installPackage('chromium')
  const installed = find()
  if (installed) return installed
  throw new Error(
    'These tests need Chromium. Install it (on Debian: apt-get install chromium), or set CHROMIUM_PATH to the program of a Chromium or Chrome.',
  )
}

/**
 * Starts one headless Chromium for a run, with a new and empty profile. Test files connect to it by its `wsEndpoint()`. `ignoreDefaultArgs` are
 * flags of Playwright that it does without.
 */
export function openChromium(ignoreDefaultArgs: string[] = []): Promise<BrowserServer> {
  const executablePath = requireChromium()
  return chromium.launchServer({ executablePath, args: FLAGS, ignoreDefaultArgs, headless: true, host: '127.0.0.1' })
}
