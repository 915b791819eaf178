const SCHEME = '[a-z][a-z0-9+.-]*'
const HOST = String.raw`\[[0-9a-f:.]+\]|[^\s/?#@*:[\]\\]+`
const ORIGIN = new RegExp(`^${SCHEME}://(?:${HOST})(?::\\d{1,5})?$`)
const WILDCARD = new RegExp(
  `^(${SCHEME}://)\\*\\.((?:[^\\s/?#@*:[\\]\\\\.]+\\.)+[^\\s/?#@*:[\\]\\\\.]+|localhost)(:\\d{1,5})?$`,
)
const LABELS = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/

/** An origin as browsers send it: lower case, Punycode, no default port. Undefined when it is no valid address. */
function asSent(origin: string): string | undefined {
  if (!/^https?:/.test(origin)) return origin
  return URL.parse(origin)?.origin
}

/** An origin for an error message, without a user name and password: an operator may have pasted a whole address. */
function shown(origin: string): string {
  return origin.replace(/\/\/.*@/s, '//…@')
}

function mistakeInExact(origin: string): string | undefined {
  if (!ORIGIN.test(origin.replace(/^[^:]+/, (scheme) => scheme.toLowerCase()))) {
    return `must be origins such as https://app.example.com or capacitor://localhost, without a path or a slash at the end; ${shown(origin)} is none`
  }
  const sent = asSent(origin.replace(/^[^:]+/, (scheme) => scheme.toLowerCase()))
  if (sent === undefined) return `has ${origin}, which is no address`
  return sent === origin ? undefined : `has ${origin}, which browsers send as ${sent}`
}

/** What is wrong with an origin in the configuration, to be put behind the name of the setting. Undefined when it is good. */
export function mistakeInOrigin(origin: string): string | undefined {
  if (origin === 'null') {
    return 'has null, which every page without an origin of its own sends, such as files and sandboxed frames'
  }
  if (!origin.includes('*')) return mistakeInExact(origin)
  const [, scheme, domain, port = ''] = WILDCARD.exec(origin) ?? []
  if (scheme === undefined) {
    return `has ${shown(origin)}, but * can only stand for the beginning of a host: https://*.example.com, for every host that ends with .example.com`
  }
  return mistakeInExact(`${scheme}${domain}${port}`)
}

/**
 * Returns a function that says whether a browser's origin is allowed. Origins are compared as they are sent. `https://*.example.com` allows
 * `https://a.example.com` and `https://a.b.example.com`, but not `https://example.com`, as in a Content-Security-Policy.
 */
export function createOriginTest(allowed: readonly string[]): (origin: string) => boolean {
  const exact = new Set(allowed.filter((origin) => !origin.includes('*')))
  const wildcards = allowed.flatMap((origin) => {
    const [, scheme = '', domain, port = ''] = WILDCARD.exec(origin) ?? []
    return domain === undefined ? [] : [{ scheme, end: `.${domain}${port}` }]
  })
  return (origin) =>
    exact.has(origin) ||
    wildcards.some(
      ({ scheme, end }) =>
        origin.startsWith(scheme) && origin.endsWith(end) && LABELS.test(origin.slice(scheme.length, -end.length)),
    )
}
