// Node-RED without its editor and without a look at the network: nothing but the flow.
const {Screen} = require("./screen.js");
const {Writer} = require("./writer.js");

module.exports = {
  flowFile: "flow.json",
  credentialSecret: false,
  httpAdminRoot: false,
  httpNodeRoot: false,
  disableEditor: true,
  telemetry: {enabled: false},
  logging: {console: {level: "error"}},
  functionGlobalContext: {Screen, Writer},
};
