// The certified provider with one client and anybody as its user; who is in which groups is told by lines of JSON. Its keys
// are new at each start.
import { generateKeyPairSync } from "node:crypto";
import { createInterface } from "node:readline";
import Provider from "oidc-provider";

const { port, client } = JSON.parse(process.argv[2]);
const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });

const known = new Map();
createInterface({ input: process.stdin }).on("line", (line) => {
  const { login, groups } = JSON.parse(line);
  known.set(login, groups);
  console.log("known");
});

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [client],
  jwks: { keys: [{ ...key, use: "sig", alg: "RS256" }] },
  cookies: { keys: ["a test"] },
  claims: { openid: ["sub"], profile: ["name", "preferred_username", "groups"] },
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  features: { backchannelLogout: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  // Its own refuses to tell clients on this very machine of a logout.
  fetch: (address, options) => fetch(address, { ...options, dispatcher: undefined }),
  findAccount: (_, id) => {
    const groups = known.get(id);
    return { accountId: id, claims: () => ({ sub: id, preferred_username: id, name: `Имя ${id}`, groups }) };
  },
});
provider.on("backchannel.error", (_, error) => console.error(error));
provider.on("server_error", (_, error) => console.error(error));
provider.listen(port, "127.0.0.1", () => console.log("up"));
