import { describe, expect, test } from 'vitest'
import { createOriginTest, mistakeInOrigin } from '../../src/lib/origin.ts'

describe('an origin that is to be allowed', () => {
  test.each([
    ...['https://app.example.com', 'http://localhost:5173', 'http://[::1]:8080', 'https://xn--bcher-kva.example'],
    ...[
      'capacitor://localhost',
      'ionic://localhost',
      'tauri://localhost',
      'app://.',
      'chrome-extension://abcdefghijklmnopabcdefghijklmnop',
    ],
    ...['moz-extension://5ac2d5f0-4b7a-4f0c-9c61-8d9e4f2d3c1b', 'vscode-webview://1a2b', 'http://192.168.0.7:3000'],
    ...[
      'https://*.example.com',
      'https://*.example.com:8443',
      'https://*.preview.example.com',
      'http://*.localhost:3000',
    ],
  ])('can be %s', (origin) => {
    expect(mistakeInOrigin(origin)).toBeUndefined()
  })

  test('is shown without the password of an address that was pasted by mistake', () => {
    for (const address of ['redis://:hunter2@redis:6379', 'https://ann:hunter2@*.example.com', 'x://a@hunter2@b/']) {
      expect(mistakeInOrigin(address)).not.toContain('hunter2')
    }
  })

  test.each([
    ['null', /sandboxed/],
    ['*', /\* can only stand/],
    ['https://*', /\* can only stand/],
    ['https://*.com', /\* can only stand/],
    ['https://app.*.com', /\* can only stand/],
    ['https://*example.com', /\* can only stand/],
    ['https://app*.example.com', /\* can only stand/],
    ['https://*.*.example.com', /\* can only stand/],
    ['*.example.com', /\* can only stand/],
    ['*://app.example.com', /\* can only stand/],
    ['https://*.example.com/app', /\* can only stand/],
    ['https://app.example.com:*', /\* can only stand/],
    ['https://app.example.com/', /without a path/],
    ['https://app.example.com/app', /without a path/],
    ['capacitor://localhost/', /without a path/],
    ['app.example.com', /without a path/],
    ['localhost:3000', /without a path/],
    ['https://user@app.example.com', /without a path/],
    ['https://app.example.com?x', /without a path/],
    ['https://', /without a path/],
    ['', /without a path/],
    ['https://App.example.com', /browsers send as https:\/\/app\.example\.com/],
    ['HTTPS://app.example.com', /browsers send as https:\/\/app\.example\.com/],
    ['https://app.example.com:443', /browsers send as https:\/\/app\.example\.com/],
    ['https://bücher.example', /browsers send as https:\/\/xn--bcher-kva\.example/],
    ['https://*.Example.com', /browsers send as/],
    ['https://app.example.com:99999', /no address/],
  ])('cannot be %s', (origin, message) => {
    expect(mistakeInOrigin(origin)).toMatch(message)
  })
})

describe('the test of origins', () => {
  const allows = createOriginTest([
    'https://*.example.com',
    'http://*.localhost:3000',
    'capacitor://localhost',
    'https://shop.example',
  ])

  test.each([
    ...['https://a.example.com', 'https://a.b.example.com', 'https://a-1.example.com', 'http://x.localhost:3000'],
    ...['capacitor://localhost', 'https://shop.example'],
  ])('allows %s', (origin) => {
    expect(allows(origin)).toBe(true)
  })

  test.each([
    ...['https://example.com', 'https://evil-example.com', 'https://example.com.evil', 'https://a.example.com.evil'],
    ...[
      'http://a.example.com',
      'https://a.example.com:8443',
      'https://.example.com',
      'https://evil.example/.example.com',
    ],
    ...[
      'https://evil.example#.example.com',
      'https://evil@a.example.com',
      'https://evil.example:1.example.com',
      'null',
      '',
    ],
    ...[
      'https://*.example.com',
      'http://x.localhost',
      'capacitor://localhost:80',
      'ionic://localhost',
      'CAPACITOR://localhost',
    ],
    ...['https://a.example.com/', 'https://a..example.com', 'xhttps://a.example.com', 'https://shop.example.evil'],
  ])('refuses %s', (origin) => {
    expect(allows(origin)).toBe(false)
  })
})
