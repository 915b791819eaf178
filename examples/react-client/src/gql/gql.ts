/* eslint-disable */
import * as types from './graphql';



/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "query Settings { preferences { default { handOff } } }": typeof types.SettingsDocument,
    "\n  mutation SetHandOff($handOff: Boolean!) {\n    setPreference(handOff: $handOff) { preferences { default { handOff } } }\n  }\n": typeof types.SetHandOffDocument,
};
const documents: Documents = {
    "query Settings { preferences { default { handOff } } }": types.SettingsDocument,
    "\n  mutation SetHandOff($handOff: Boolean!) {\n    setPreference(handOff: $handOff) { preferences { default { handOff } } }\n  }\n": types.SetHandOffDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Settings { preferences { default { handOff } } }"): typeof import('./graphql').SettingsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation SetHandOff($handOff: Boolean!) {\n    setPreference(handOff: $handOff) { preferences { default { handOff } } }\n  }\n"): typeof import('./graphql').SetHandOffDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
