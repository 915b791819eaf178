import { useHeraldClient } from '@herald/client/react'
import { useEffect, useState } from 'react'
import { graphql } from './gql/index.ts'

// Operations of one's own: `npm run codegen` makes their types.
const SETTINGS = graphql('query Settings { preferences { default { handOff } } }')
const SET_HAND_OFF = graphql(`
  mutation SetHandOff($handOff: Boolean!) {
    setPreference(handOff: $handOff) { preferences { default { handOff } } }
  }
`)

/** Whether the backend of the shop is told what I have not seen, so that it can send a mail. */
export function Settings() {
  const herald = useHeraldClient()
  const [handOff, setHandOff] = useState<boolean>()
  useEffect(() => {
    let isWanted = true
    herald.query(SETTINGS).then(({ preferences }) => isWanted && setHandOff(preferences.default.handOff), console.error)
    return () => {
      isWanted = false
    }
  }, [herald])
  const change = (wanted: boolean) => {
    setHandOff(wanted)
    herald.mutate(SET_HAND_OFF, { handOff: wanted }).catch(() => setHandOff(!wanted))
  }
  return (
    <label hidden={handOff === undefined}>
      <input type="checkbox" checked={handOff ?? false} onChange={({ target }) => change(target.checked)} />
      Mail me what I have not seen
    </label>
  )
}
