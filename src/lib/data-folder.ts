import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { codeOfError, StartError } from './start-error.ts'

/** Turns an error of making or writing DATA_DIR into a StartError that says why and what to do. Returns any other error as it is. */
export function explainFolderError(cause: unknown, folder: string): unknown {
  const code = codeOfError(cause)
  const remedy = 'Set DATA_DIR to a folder that this user can write, or give it the right to.'
  const sentences: Readonly<Record<string, string>> = {
    EACCES: `DATA_DIR ${folder} may not be written by this user (EACCES). ${remedy}`,
    EPERM: `DATA_DIR ${folder} may not be written by this user (EPERM). ${remedy}`,
    EROFS: `DATA_DIR ${folder} is on a disk that is read-only (EROFS). ${remedy}`,
    ENOENT: `DATA_DIR ${folder} cannot be made there (ENOENT). ${remedy}`,
    ENOTDIR: `DATA_DIR ${folder} is a file or lies below one (ENOTDIR). Set DATA_DIR to a folder.`,
    EEXIST: `DATA_DIR ${folder} is a file (EEXIST). Set DATA_DIR to a folder.`,
    ENOSPC: `DATA_DIR ${folder} is on a disk that is full (ENOSPC). Make room there, or set another DATA_DIR.`,
  }
  const sentence = code && sentences[code]
  return sentence ? new StartError(sentence, { cause }) : cause
}

/** Makes DATA_DIR when it is missing, readable for its owner only (mode 700). Throws a StartError when it cannot be made. */
export function makeDataFolder(folder: string): void {
  try {
    // With `recursive`, Node tries for ever when the parent is there but takes no folder, as /proc does.
    mkdirSync(folder, { recursive: !existsSync(dirname(folder)), mode: 0o700 })
  } catch (error) {
    if (codeOfError(error) === 'EEXIST' && existsSync(`${folder}/.`)) return
    throw explainFolderError(error, folder)
  }
}
