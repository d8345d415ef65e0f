// An SMSC on node-smpp: the protocol is theirs, what it does is told to it line by line on stdin, and what happens is told on stdout.
// node smsc.js [--key FILE --cert FILE] [--quiet]
'use strict';
const fs = require('fs'), readline = require('readline'), smpp = require('smpp');

const option = (name) => { const at = process.argv.indexOf(name); return at < 0 ? '' : process.argv[at + 1]; };
const quiet = process.argv.includes('--quiet');
const tell = (event) => process.stdout.write(JSON.stringify(event) + '\n');
// A parameter of a vendor's own: the id that this SMSC gives to incoming messages.
smpp.addTLV('vendor_id', { id: 0x1401, type: smpp.types.tlv.buffer });
const PASSWORD = 'secret', SYSTEM = 'okno';

let sessions = [], submitted = 0, until = 0;
// What the tests have asked for.
let statuses = [], silent = 0, dropNext = false, early = '', deaf = false, bindStatus = 0, refuseAnswers = false;

function bind(session, pdu, kind) {
  const status = bindStatus || (pdu.system_id !== SYSTEM ? smpp.ESME_RINVSYSID : pdu.password !== PASSWORD ? smpp.ESME_RINVPASWD : 0);
  session.send(pdu.response({ command_status: status, system_id: 'node' }));
  if (status) return tell({ event: 'refused', kind, status });
  session.kind = kind;
  sessions.push(session);
  tell({ event: 'bound', kind });
  for (const source of spool.keys()) forward(source);
}

function told(pdu) {
  const text = (value) => (value && value.message !== undefined ? value : { message: value });
  const short = text(pdu.short_message), payload = pdu.message_payload === undefined ? undefined : text(pdu.message_payload);
  const shown = (message) => (Buffer.isBuffer(message) ? { hex: message.toString('hex') } : message);
  return {
    event: 'submit', id: (++submitted).toString(16).padStart(8, '0'), source: pdu.source_addr, source_ton: pdu.source_addr_ton,
    source_npi: pdu.source_addr_npi, destination: pdu.destination_addr, destination_ton: pdu.dest_addr_ton, coding: pdu.data_coding,
    esm: pdu.esm_class, receipt: pdu.registered_delivery, text: shown(short.message), udh: (short.udh || []).map((b) => Buffer.from(b).toString('hex')),
    payload: payload && shown(payload.message), reference: pdu.user_message_reference,
    sar: pdu.sar_total_segments ? [pdu.sar_msg_ref_num, pdu.sar_total_segments, pdu.sar_segment_seqnum] : undefined,
  };
}

function submit(session, pdu) {
  if (quiet) {
    session.send(pdu.response({ message_id: (++submitted).toString(16) }));
    if (submitted === until) tell({ event: 'reached' });
    return;
  }
  const event = told(pdu);
  if (dropNext) { dropNext = false; tell({ ...event, event: 'dropped' }); session.socket.destroy(); return; }
  if (silent) { silent--; tell({ ...event, event: 'unanswered' }); return; }
  const status = statuses.length ? statuses.shift() : 0;
  if (status) { tell({ ...event, event: 'rejected', status }); session.send(pdu.response({ command_status: status })); return; }
  if (early) session.deliver_sm({ source_addr: pdu.destination_addr, source_addr_ton: 1, destination_addr: pdu.source_addr, esm_class: 4, short_message: early.replace('ID', event.id) },
    (answer) => tell({ event: 'answer', key: 'early', status: answer.command_status }));
  const answer = pdu.response({ message_id: event.id });
  if (early) { setImmediate(() => session.send(answer)); early = ''; } else session.send(answer);
  tell(event);
}

// Whoever is connected, bound or not yet.
const connected = new Set();

function accept(session) {
  connected.add(session);
  session.on('error', () => {});
  session.on('bind_transceiver', (pdu) => bind(session, pdu, 'transceiver'));
  session.on('bind_transmitter', (pdu) => bind(session, pdu, 'transmitter'));
  session.on('bind_receiver', (pdu) => bind(session, pdu, 'receiver'));
  session.on('submit_sm', (pdu) => submit(session, pdu));
  session.on('enquire_link', (pdu) => { if (!deaf) session.send(pdu.response()); tell({ event: 'enquire_link' }); });
  session.on('enquire_link_resp', () => tell({ event: 'enquire_link_resp' }));
  session.on('unbind', (pdu) => { session.send(pdu.response()); tell({ event: 'unbind' }); session.close(); });
  session.on('unbind_resp', () => { tell({ event: 'unbind_resp' }); session.close(); });
  session.on('generic_nack', (pdu) => tell({ event: 'nack', sequence: pdu.sequence_number, status: pdu.command_status }));
  session.on('pdu', (pdu) => { if (/^(deliver|data)_sm_resp$/.test(pdu.command) && pdu.sequence_number >= 0x70000000) tell({ event: 'answer', sequence: pdu.sequence_number, status: pdu.command_status }); });
  session.on('close', () => { connected.delete(session); sessions = sessions.filter((each) => each !== session); tell({ event: 'closed', kind: session.kind }); });
}

// Store and forward, as SMSCs do it: each sender's messages in their order, each again and again until it is acknowledged.
let spool = new Map(), acknowledged = 0;

function forward(source) {
  const waiting = spool.get(source), session = receiver();
  if (!waiting.length || !session || waiting.session === session) return;
  waiting.session = session;
  session.deliver_sm({ ...pduOf(waiting[0]), source_addr: source, source_addr_ton: 1 }, (answer) => {
    waiting.session = undefined;
    if (answer.command_status) return setTimeout(() => forward(source), 20);
    waiting.shift();
    if (++acknowledged % 20 === 0) tell({ event: 'progress', acknowledged });
    if ([...spool.values()].every((each) => !each.length)) tell({ event: 'spooled' });
    forward(source);
  });
}

const receiver = () => [...sessions].reverse().find((session) => session.kind !== 'transmitter');
// {hex: "..."} in a PDU are octets.
const revived = (value) => (value && value.hex !== undefined ? Buffer.from(value.hex, 'hex') : value);
const pduOf = (fields) => Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, revived(value)]));

const commands = {
  deliver({ key, pdu, command = 'deliver_sm' }) {
    const session = receiver();
    if (!session) return tell({ event: 'nobody', key });
    session[command](pduOf(pdu), (answer) => { if (!refuseAnswers) tell({ event: 'answer', key, status: answer.command_status }); });
  },
  // Octets as they are, one after another with a turn of the loop between: the network may tear a PDU anywhere.
  async raw({ pieces }) {
    const { socket } = receiver();
    socket.setNoDelay(true);
    for (const piece of pieces) {
      await new Promise((done) => socket.write(Buffer.from(piece, 'hex'), done));
      await new Promise((done) => setTimeout(done, 1));
    }
    tell({ event: 'written' });
  },
  // As many messages as fit a window; told when all are answered.
  burst({ count, window, pdu }) {
    const session = receiver(), began = process.hrtime.bigint();
    let sent = 0, answered = 0, failed = 0;
    const next = () => {
      const n = sent++;
      session.deliver_sm({ ...pduOf(pdu), source_addr: '7916' + String(1000000 + n), source_addr_ton: 1 }, (answer) => {
        failed += answer.command_status ? 1 : 0;
        if (++answered === count) tell({ event: 'burst', failed, seconds: Number(process.hrtime.bigint() - began) / 1e9 });
        else if (sent < count) next();
      });
    };
    for (let n = 0; n < Math.min(window, count); n++) next();
  },
  spool({ lines }) { spool = new Map(Object.entries(lines)); for (const source of spool.keys()) forward(source); },
  statuses({ list }) { statuses.push(...list); },
  silent({ count }) { silent = count; },
  drop_next() { dropNext = true; },
  early({ text }) { early = text; },
  deaf({ on }) { deaf = on; },
  bind_status({ status }) { bindStatus = status; },
  hush({ on }) { refuseAnswers = on; },
  unbind() { receiver().unbind(); },
  enquire() { receiver().enquire_link(); },
  drop() { sessions.forEach((session) => session.socket.destroy()); },
  // Tell when so many have been submitted since the start.
  until({ count }) { until = count; if (submitted >= count) tell({ event: 'reached' }); },
  // Ids go on from here.
  from({ count }) { submitted = count; },
  count() { tell({ event: 'count', submitted }); },
  // To die and to come back at the same port.
  close() { server.close(); connected.forEach((session) => session.socket.destroy()); tell({ event: 'away' }); },
  listen({ port }) { listen(port); },
};

let server;
function listen(port) {
  const secure = option('--key') ? { key: fs.readFileSync(option('--key')), cert: fs.readFileSync(option('--cert')) } : {};
  server = smpp.createServer(secure, accept);
  server.on('error', (error) => tell({ event: 'failed', why: String(error) }));
  server.listen(port, '127.0.0.1', () => tell({ event: 'up', port: server.address().port }));
}

readline.createInterface({ input: process.stdin }).on('line', (line) => { const told = JSON.parse(line); commands[told.do](told); })
  .on('close', () => process.exit(0));
listen(0);
