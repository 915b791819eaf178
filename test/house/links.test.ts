import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { anchorsIn, localLinksIn, PAGES } from '../support/documentation.ts'

const root = resolve(import.meta.dirname, '../..')

/** Every page of the repository, those that are not committed yet included. */
const pages = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md', 'docs/llms.txt'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && existsSync(join(root, file)))

/** What is wrong with a link from a page, such as `docs/a.md: b.md#c has no such heading`. Undefined when it leads somewhere. */
function faultOf(page: string, link: string): string | undefined {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? join(root, page) : resolve(root, dirname(page), path)
  if (!existsSync(target)) return `${page}: ${link} does not exist`
  if (anchor === undefined) return undefined
  if (!target.endsWith('.md')) return `${page}: ${link} names a place in a file that is no page`
  return anchorsIn(readFileSync(target, 'utf8')).has(anchor) ? undefined : `${page}: ${link} has no such heading`
}

test('every link of a page leads to a file, and to a heading where it names one', () => {
  const links = pages.flatMap((page) =>
    localLinksIn(readFileSync(join(root, page), 'utf8')).map((link) => ({ page, link })),
  )
  expect(links.length).toBeGreaterThan(300)
  expect(links.map(({ page, link }) => faultOf(page, link)).filter((fault) => fault !== undefined)).toEqual([])
})

describe('the check of links', () => {
  test.each([
    ['nowhere.md', 'README.md: nowhere.md does not exist'],
    ['docs/limits.md#no-such-thing', 'README.md: docs/limits.md#no-such-thing has no such heading'],
    ['#no-such-thing', 'README.md: #no-such-thing has no such heading'],
    ['package.json#scripts', 'README.md: package.json#scripts names a place in a file that is no page'],
    ['docs/limits.md#what-strangers-may-do', undefined],
    ['schema', undefined],
  ])('says of %s: %s', (link, fault) => {
    expect(faultOf('README.md', link)).toBe(fault)
  })

  test('knows the second of two equal headings, links in headings, and code', () => {
    const text =
      '# A `b` [c](d.md)\n## Twice\n```sh\n# no heading [e](f.md)\n```\n## Twice\n`[g](h.md)` [i](j.md#k) [l](https://m.example)\n'
    expect([...anchorsIn(text)]).toEqual(['a-b-c', 'twice', 'twice-1'])
    expect(localLinksIn(text)).toEqual(['d.md', 'j.md#k'])
  })
})

test.each(['docs/README.md', 'docs/llms.txt'])('%s leads to every page', (name) => {
  const index = readFileSync(join(root, name), 'utf8')
  const linked = new Set(localLinksIn(index).map((link) => relative(root, resolve(root, 'docs', link.split('#')[0]!))))
  expect(PAGES.filter((page) => !linked.has(page) && page !== name)).toEqual([])
})
