import { html } from 'htm/preact'
import { useState } from 'preact/hooks'
import type { Words } from './words.ts'

interface ComposerProps {
  readonly words: Words
  readonly label: string
  /** Whether it can write internal notes, too. */
  readonly canNote?: boolean
  readonly onSend: (body: string, isNote: boolean) => void
  readonly onTyped?: (isNote: boolean) => void
}

/** Where a message is written. Enter sends it, and Shift with Enter begins a new line. */
export function Composer({ words, label, canNote = false, onSend, onTyped }: ComposerProps) {
  const [body, setBody] = useState('')
  const [isNote, setNote] = useState(false)
  const send = (event: Event): void => {
    event.preventDefault()
    if (body.trim() === '') return
    onSend(body.trim(), isNote)
    setBody('')
  }
  const typed = (event: Event): void => {
    setBody((event.currentTarget as HTMLTextAreaElement).value)
    onTyped?.(isNote)
  }
  const pressed = (event: KeyboardEvent): void => {
    // While a word is being composed, as in Japanese, Enter takes the word.
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) send(event)
  }
  return html`<form class="composer" data-note=${isNote} onSubmit=${send}>
    <textarea rows="2" dir="auto" aria-label=${label} placeholder=${isNote ? words.writeNote : words.write}
      value=${body} onInput=${typed} onKeyDown=${pressed}></textarea>
    <div>
      ${
        canNote &&
        html`<label class="switch"><input type="checkbox" checked=${isNote} onChange=${() => setNote(!isNote)} /> ${words.internal}</label>`
      }
      <button class="main">${words.send}</button>
    </div>
  </form>`
}
