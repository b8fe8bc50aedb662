// Reads {"sql": …} a line and writes {"rows": …} or an error. The argument is where the module pg lies.
const { readFileSync } = require("fs");
const { createInterface } = require("readline");
const { Client } = require(process.argv[2]);

async function main() {
  const client = new Client({ ssl: { ca: readFileSync(process.env.PGSSLROOTCERT) } });
  await client.connect();
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      const { rows } = await client.query({ text: JSON.parse(line).sql, rowMode: "array" });
      console.log(JSON.stringify({ rows }));
    } catch (e) {
      console.log(JSON.stringify({ error: `${e.message} ${e.hint}`, sqlstate: e.code }));
    }
  }
  await client.end();
}

main();
