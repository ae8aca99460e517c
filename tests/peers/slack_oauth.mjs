// Slack's OAuth pages on a loopback port. Usage: slack_oauth.mjs PORT CLIENT_ID CLIENT_SECRET REDIRECT_URI
import { createEmulator } from "emulate";

const [port, id, secret, redirect] = process.argv.slice(2);
await createEmulator({
  service: "slack",
  port: Number(port),
  seed: {
    slack: {
      team: { name: "A trust", domain: "a-trust" },
      users: [{ name: "admin", real_name: "An administrator", email: "admin@example.nhs.uk", is_admin: true }],
      oauth_apps: [{ client_id: id, client_secret: secret, name: "Coach", redirect_uris: [redirect] }],
    },
  },
});
console.log("ready");
