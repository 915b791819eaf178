/** What Herald adds to the style of GraphiQL: tabs that stay where they are, and a page that can be used on a phone. */
export const STYLE = `
/* When GraphiQL 5 begins with several tabs, it moves a tab away from the pointer that presses it. */
.graphiql-tab { transform: none !important }
.graphiql-logo { white-space: nowrap }
@media (max-width: 45rem) {
  .graphiql-container { flex-direction: column }
  .graphiql-container .graphiql-sidebar { flex-direction: row; width: auto; padding: 0 0.5rem }
  .graphiql-sidebar > * { margin-top: 0 !important }
  .graphiql-main { min-height: 0 }
  .graphiql-sessions { margin: 0 !important; min-width: 0 }
  .graphiql-session-header { flex-wrap: wrap; height: auto !important }
  .graphiql-logo { order: -1; flex-basis: 100% }
  .graphiql-tabs { max-width: calc(100vw - 5rem) }
  .graphiql-container #graphiql-session { display: block; overflow-y: auto; padding: 0 !important }
  .graphiql-horizontal-drag-bar { display: none }
  .graphiql-editors { height: 24rem; width: 100% }
  .graphiql-response { height: 22rem; width: 100% }
}
`
