import { html } from 'htm/preact'
import { useEffect, useState } from 'preact/hooks'
import type { Backend } from './backend.ts'
import type { Person } from './person.ts'
import { PersonView } from './person-view.ts'
import { type Language, type Words, wordsOf } from './words.ts'

interface DemoProps {
  readonly people: readonly Person[]
  readonly backend: Backend
}

function Restart({
  people,
  restart,
  words,
}: Pick<DemoProps, 'people'> & { restart: NonNullable<Backend['restart']>; words: Words }) {
  const [isUnderWay, setUnderWay] = useState(false)
  const press = async (): Promise<void> => {
    setUnderWay(true)
    await restart(people).finally(() => setUnderWay(false))
  }
  return html`<button type="button" disabled=${isUnderWay} onClick=${press}>${isUnderWay ? words.restarting : words.restart}</button>`
}

function Controls({ people, backend, words }: DemoProps & { words: Words }) {
  const [title, setTitle] = useState<string | null>(null)
  const [to, setTo] = useState('customers')
  const chosen = people.filter(
    ({ id, role }) => to === 'all' || to === id || (to === 'customers' && role === 'customer'),
  )
  const send = (times: number): void => void backend.notify(chosen, title ?? words.example, times)
  const submit = (event: Event): void => {
    event.preventDefault()
    send(1)
  }
  return html`<form class="controls" aria-labelledby="backend" onSubmit=${submit}>
    <h2 id="backend">${words.backend}</h2>
    <label>${words.what}
      <input dir="auto" required value=${title ?? words.example} onInput=${(event: Event) => setTitle((event.currentTarget as HTMLInputElement).value)} />
    </label>
    <label>${words.to}
      <select value=${to} onChange=${(event: Event) => setTo((event.currentTarget as HTMLSelectElement).value)}>
        <option value="customers">${words.everyCustomer}</option>
        <option value="all">${words.everybody}</option>
        ${people.map(({ id, name }) => html`<option value=${id}>${name}</option>`)}
      </select>
    </label>
    <button class="main">${words.notify}</button>
    <button type="button" onClick=${() => send(10)}>${words.notifyTen}</button>
    ${backend.restart && html`<${Restart} people=${people} restart=${backend.restart} words=${words} />`}
  </form>`
}

/** The whole demo, in the language that was chosen. */
export function DemoView({ people, backend }: DemoProps) {
  const [language, setLanguage] = useState<Language>('en')
  const words = wordsOf(language)
  useEffect(() => {
    document.documentElement.lang = language
    document.documentElement.dir = language === 'ar' ? 'rtl' : 'ltr'
  }, [language])
  const [chosen, setChosen] = useState(people[0]?.id)
  const other = language === 'en' ? 'ar' : 'en'
  return html`<main>
    <header class="top">
      <div><h1>${words.title}</h1><p>${words.intro}</p></div>
      <button type="button" lang=${other} onClick=${() => setLanguage(other)}>${words.language}</button>
    </header>
    ${
      people.length === 0
        ? html`<p class="notice" role="note">${words.noKey}</p>`
        : html`<${Controls} people=${people} backend=${backend} words=${words} />
            <div class="chooser" role="group" aria-label=${words.people}>${people.map(({ id, name }) => html`<button type="button" aria-pressed=${id === chosen} onClick=${() => setChosen(id)}><bdi>${name}</bdi></button>`)}</div>
            <div class="people">${people.map((person) => html`<${PersonView} key=${person.id} person=${person} words=${words} backend=${backend} isChosen=${person.id === chosen} />`)}</div>`
    }
  </main>`
}
