/** A database URL for the tools of Postgres, without the password, since printed text can end up in a log. */
export function withoutPassword(url: string): string {
  const [, scheme = '', authority = '', rest = ''] = /^([a-z]+:\/\/)([^/?#]*)(.*)$/is.exec(url) ?? []
  const at = authority.lastIndexOf('@')
  const user = authority.slice(0, Math.max(at, 0)).split(':')[0]
  const path = rest.replace(/([?&])password=[^&]*&?/gi, '$1').replace(/[?&]$/, '')
  return `${scheme}${user ? `${user}@` : ''}${authority.slice(at + 1)}${path}`
}

/** A word quoted for a shell, whatever characters it contains. */
function quoted(word: string): string {
  return /^[\w./:@=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** The shell command that backs up a Postgres database into a file. It does not contain the password. */
export function dumpCommand(url: string, file: string): string {
  return `pg_dump --format=custom --no-owner --no-privileges --file=${quoted(file)} ${quoted(withoutPassword(url))}`
}

/**
 * The shell command that restores a backup of `dumpCommand`, and replaces the content of the database. It does not contain the password.
 */
export function restoreCommand(url: string, file: string): string {
  const options = '--clean --if-exists --no-owner --no-privileges --single-transaction --exit-on-error'
  return `pg_restore ${options} --dbname=${quoted(withoutPassword(url))} ${quoted(file)}`
}
