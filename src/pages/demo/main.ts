import { html, render } from 'htm/preact'
import { createBackend } from './backend.ts'
import { DemoView } from './demo-view.ts'
import { createPerson } from './person.ts'
import { readSetup } from './setup.ts'

const setup = readSetup()
const people = setup.people.filter(({ role }) => role !== 'backend').map((person) => createPerson(person, setup))
const root = document.getElementById('demo')
if (root) render(html`<${DemoView} people=${people} backend=${createBackend(setup)} />`, root)
