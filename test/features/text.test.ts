import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mistakeInAddress } from '../../src/lib/address-rule.ts'
import { characters, mistakeInText, patternOfText, type TextRule } from '../../src/lib/text.ts'
import { LINK, PICTURE, USER_ID } from '../../src/lib/values.ts'

const LINE: TextRule = { max: 10 }
const LINES: TextRule = { max: 10, multiline: true }

const INVISIBLE: Readonly<Record<string, string>> = {
  spaces: ' \u00a0\u3000\u2003',
  'a zero-width space': '\u200b',
  'zero-width joiners': '\u200d\u200c\u2060',
  'a byte order mark': '\ufeff',
  'soft hyphens': '\u00ad\u00ad',
  'a blank Braille pattern': '\u2800',
  'Hangul fillers': '\u3164\u115f\u1160\uffa0',
  'bidi controls': '\u200e\u200f\u202a\u202e\u2066\u2069\u061c',
  'variation selectors': '\ufe0f\ufe0e\u{e0100}',
  'Mongolian vowel separators': '\u180e\u180b',
  tags: '\u{e0001}\u{e0068}\u{e007f}',
  'a combining grapheme joiner': '\u034f',
  'combining marks with nothing under them': '\u0301\u20e3',
  'invisible operators': '\u2061\u2062\u2063\u2064',
  'musical controls': '\u{1d159}\u{1d173}',
  'interlinear annotations': '\ufff9\ufffb',
  'an object that is not there': '\ufffc',
  'no characters': '\uffff\ufdd0',
  'all of them together': ' \u200b\u2800\u00ad\u3164\ufe0f\u0301',
}

const VISIBLE: Readonly<Record<string, string>> = {
  'an emoji of several': '👩‍👩‍👧‍👦',
  'an emoji with a selector': '❤️',
  'a keycap': '1️⃣',
  'a flag of letters': '🇩🇪',
  'a flag of tags': '🏴󠁧󠁢󠁥󠁮󠁧󠁿',
  'Hebrew between marks': '\u200fשלום\u200f',
  'Arabic with vowels': '\u202bمَرْحَبًا\u202c',
  'Persian with a joiner': 'می\u200cخواهم',
  'Hindi with marks': 'नमस्ते',
  'Thai with marks': 'น้ำ',
  'a letter and a mark': 'e\u0301',
  'private use': '\ue000',
  'a full stop': '.',
  'a space in it': 'a b',
}

describe('a text in which nothing can be seen', () => {
  test.each(Object.entries(INVISIBLE))('is refused: %s', (_what, text) => {
    for (const rule of [LINE, LINES, USER_ID]) {
      expect(mistakeInText(text.slice(0, 10), rule)).toMatch(/^must not be empty/)
      expect(new RegExp(patternOfText(rule), 'u').test(text)).toBe(false)
    }
  })

  test.each(Object.entries(VISIBLE))('is not %s', (_what, text) => {
    expect(mistakeInText(text, { max: 20 })).toBeUndefined()
    expect(new RegExp(patternOfText(LINE), 'u').test(text)).toBe(true)
  })
})

describe('control characters and line breaks', () => {
  test.each(['\0', '\u0007', '\u001b', '\u007f', '\u0080', '\u009f'])('are refused everywhere: %j', (control) => {
    for (const rule of [LINE, LINES]) expect(mistakeInText(`a${control}b`, rule)).toMatch(/control character/)
  })

  test.each(['\t', '\n', '\r', '\u0085', '\u2028', '\u2029'])('may stand in running text only: %j', (control) => {
    expect(mistakeInText(`a${control}b`, LINE)).toBe('contains a control character or a line break')
    expect(mistakeInText(`a${control}b`, LINES)).toBeUndefined()
  })
})

describe('the length of a text', () => {
  test('is counted in code points', () => {
    expect(mistakeInText('😀'.repeat(10), LINE)).toBeUndefined()
    expect(mistakeInText('😀'.repeat(11), LINE)).toBe('is too long: 11 characters, at most 10')
    expect(mistakeInText('x'.repeat(11), LINE)).toBe('is too long: 11 characters, at most 10')
    expect(characters('a😀e\u0301')).toBe(4)
  })
})

test('half a character is refused, wherever it is', () => {
  for (const text of ['\ud83d', 'a\udc00', '\ud83da', '\udc00\ud83d']) {
    for (const rule of [LINE, LINES]) expect(mistakeInText(text, rule)).toMatch(/half a surrogate pair/)
  }
})

test('the pattern for JSON Schema says of any text what the rule says, but its length', () => {
  const text = fc.string({
    unit: fc.oneof(
      fc.constantFrom(...Object.values(INVISIBLE).join('')),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    ),
    maxLength: 6,
  })
  for (const rule of [{ max: 100 }, { max: 100, multiline: true }]) {
    const pattern = new RegExp(patternOfText(rule), 'u')
    fc.assert(
      fc.property(text, (value) => {
        expect(pattern.test(value)).toBe(mistakeInText(value, rule) === undefined)
      }),
      { numRuns: 2_000 },
    )
  }
})

describe('an address', () => {
  test.each(['/', '/a/b?c=d#e', 'https://a.example/ä.png', 'HTTP://a.example', 'https://user@a.example:8443/'])(
    'can be %s',
    (address) => {
      for (const rule of [PICTURE, LINK]) expect(mistakeInAddress(address, rule)).toBeUndefined()
    },
  )

  test.each([
    ...['', ' ', '//evil.example', '/\\evil.example', '/a b', 'a.png', 'javascript:alert(1)', ' javascript:alert(1)'],
    ...['https://', 'https://a b/', 'https://a.example/ x.png', 'data:text/html,x', 'java\nscript:alert(1)', '\u200b'],
    ...['/\ud800', 'ftp://a.example', `/${'x'.repeat(2_048)}`, '/a\u0085b'],
  ])('cannot be %j', (address) => {
    for (const rule of [PICTURE, LINK]) expect(mistakeInAddress(address, rule)).toBeTypeOf('string')
  })

  test('by mail is for links only', () => {
    expect(mistakeInAddress('mailto:a@b.example', LINK)).toBeUndefined()
    expect(mistakeInAddress('mailto:a@b.example', PICTURE)).toBe('must be a path or begin with https: or http:')
  })
})

test('whoever was erased keeps a name of their own', () => {
  expect(mistakeInText('erased', USER_ID)).toBe('must not be "erased", which stands for whoever was erased')
  expect(mistakeInText('Erased', USER_ID)).toBeUndefined()
})
