// The official SDKs as clients, one check after the other; told what to do by
// a JSON argument: {"gateway": URL, "sites": {provider: URL}}. Prints a line a
// check; ends with 1 when any failed.

import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import {GoogleGenAI} from '@google/genai';
import {Ollama} from 'ollama';
import assert from 'node:assert/strict';

const {gateway, sites} = JSON.parse(process.argv[2]);
const models = {
  claude: 'claude-opus-5-5', chatgpt: 'gpt-6.1-sol', grok: 'grok-4.7',
  gemini: 'gemini-3.8-flash', ollama: 'qwen3:8b'};
const key = 'test-key';
const schema = {type: 'object', properties: {city: {type: 'string'}},
                required: ['city']};
const two = 'CALL get_weather {"city":"Oslo"}\nCALL get_weather {"city":"Rome"}';
const picture = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk' +
                '+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

let passed = 0, failed = 0;
async function check(name, f) {
  try {
    await f();
    ++passed;
    console.log(`ok   ${name}`);
  } catch (e) {
    ++failed;
    console.log(`FAIL ${name}: ${e?.stack ?? e}`);
  }
}

const cities = calls => calls.map(x => x.city).sort().join();

async function anthropic(where, baseURL, model) {
  const client = new Anthropic({baseURL, apiKey: key, maxRetries: 0});
  const tools = [{name: 'get_weather', description: 'd', input_schema: schema}];
  const ask = (content, more = {}) => ({
    model, max_tokens: 1000, messages: [{role: 'user', content}], ...more});

  await check(`${where}: text`, async () => {
    const x = await client.messages.create(ask('What is 12 * 12?'));
    assert.equal(x.type, 'message');
    assert.equal(x.stop_reason, 'end_turn');
    assert.match(x.content.find(b => b.type === 'text').text, /144/);
    assert.ok(x.usage.input_tokens > 0 && x.usage.output_tokens > 0);
  });
  await check(`${where}: stream`, async () => {
    let text = '', seen = [];
    const stream = client.messages.stream(ask('What is 12 * 12?'));
    stream.on('text', t => text += t);
    for await (const e of stream) seen.push(e.type);
    const x = await stream.finalMessage();
    assert.match(text, /144/);
    assert.equal(seen[0], 'message_start');
    assert.equal(seen.at(-1), 'message_stop');
    assert.ok(x.usage.output_tokens > 0);
  });
  for (const streamed of [false, true])
    await check(`${where}: tools${streamed ? ', stream' : ''}`, async () => {
      const send = async body => streamed
        ? client.messages.stream(body).finalMessage()
        : client.messages.create(body);
      const first = await send(ask(two, {tools}));
      const calls = first.content.filter(b => b.type === 'tool_use');
      assert.equal(first.stop_reason, 'tool_use');
      assert.equal(cities(calls.map(c => c.input)), 'Oslo,Rome');
      const second = await send({...ask(two, {tools}), messages: [
        {role: 'user', content: two},
        {role: 'assistant', content: first.content},
        {role: 'user', content: calls.map(c => ({
          type: 'tool_result', tool_use_id: c.id,
          content: `${c.input.city} is fine`}))}]});
      const text = second.content.find(b => b.type === 'text').text;
      assert.match(text, /Oslo is fine/);
      assert.match(text, /Rome is fine/);
    });
  await check(`${where}: thinking, stream`, async () => {
    const x = await client.messages.stream(ask('THINK\nWhat is 2+2?', {
      thinking: {type: 'adaptive', display: 'summarized'}})).finalMessage();
    const thought = x.content.find(b => b.type === 'thinking');
    if (thought) assert.equal(typeof thought.signature, 'string');
    assert.match(x.content.find(b => b.type === 'text').text, /4/);
  });
  await check(`${where}: image`, async () => {
    const x = await client.messages.create(ask([
      {type: 'image', source: {type: 'base64', media_type: 'image/png',
                               data: picture}},
      {type: 'text', text: 'What is 3 + 4?'}]));
    assert.match(x.content.find(b => b.type === 'text').text, /7/);
  });
  await check(`${where}: count_tokens`, async () => {
    const x = await client.messages.countTokens({
      model, messages: [{role: 'user', content: 'Count me.'}]});
    assert.ok(x.input_tokens > 0);
  });
  await check(`${where}: a bad request is one`, async () => {
    await assert.rejects(
      client.messages.create({...ask('x'), max_tokens: undefined}),
      e => e instanceof Anthropic.BadRequestError
        && e.error?.error?.type === 'invalid_request_error');
  });
}

async function chat(where, baseURL, model) {
  const client = new OpenAI({baseURL, apiKey: key, maxRetries: 0});
  const tools = [{type: 'function', function: {
    name: 'get_weather', description: 'd', parameters: schema}}];
  const ask = (content, more = {}) => ({
    model, messages: [{role: 'user', content}], ...more});

  await check(`${where}: text`, async () => {
    const x = await client.chat.completions.create(ask('What is 12 * 12?'));
    assert.equal(x.object, 'chat.completion');
    assert.equal(x.choices[0].finish_reason, 'stop');
    assert.match(x.choices[0].message.content, /144/);
    assert.ok(x.usage.total_tokens > 0);
  });
  await check(`${where}: stream`, async () => {
    const stream = await client.chat.completions.create(ask(
      'What is 12 * 12?',
      {stream: true, stream_options: {include_usage: true}}));
    let text = '', usage;
    for await (const c of stream) {
      text += c.choices[0]?.delta?.content ?? '';
      usage = c.usage ?? usage;
    }
    assert.match(text, /144/);
    assert.ok(usage.total_tokens > 0);
  });
  for (const streamed of [false, true])
    await check(`${where}: tools${streamed ? ', stream' : ''}`, async () => {
      const send = async body => streamed
        ? (await client.chat.completions.stream(body).finalChatCompletion())
        : client.chat.completions.create(body);
      const first = await send(ask(two, {tools}));
      const message = first.choices[0].message;
      assert.equal(first.choices[0].finish_reason, 'tool_calls');
      assert.equal(cities(message.tool_calls.map(
        c => JSON.parse(c.function.arguments))), 'Oslo,Rome');
      const second = await send({...ask(two, {tools}), messages: [
        {role: 'user', content: two}, message,
        ...message.tool_calls.map(c => ({
          role: 'tool', tool_call_id: c.id,
          content: `${JSON.parse(c.function.arguments).city} is fine`}))]});
      assert.match(second.choices[0].message.content, /Oslo is fine/);
      assert.match(second.choices[0].message.content, /Rome is fine/);
    });
  await check(`${where}: image`, async () => {
    const x = await client.chat.completions.create(ask([
      {type: 'text', text: 'What is 3 + 4?'},
      {type: 'image_url',
       image_url: {url: `data:image/png;base64,${picture}`}}]));
    assert.match(x.choices[0].message.content, /7/);
  });
  await check(`${where}: a bad request is one`, async () => {
    await assert.rejects(
      client.chat.completions.create({model, messages: []}),
      e => e instanceof OpenAI.BadRequestError
        && e.type === 'invalid_request_error');
  });
}

async function responses(where, baseURL, model) {
  const client = new OpenAI({baseURL, apiKey: key, maxRetries: 0});
  const tools = [{type: 'function', name: 'get_weather', description: 'd',
                  parameters: schema, strict: false}];
  const ask = (input, more = {}) => ({model, input, store: false, ...more});

  await check(`${where}: text`, async () => {
    const x = await client.responses.create(ask('What is 12 * 12?'));
    assert.equal(x.status, 'completed');
    assert.match(x.output_text, /144/);
    assert.ok(x.usage.total_tokens > 0);
  });
  await check(`${where}: stream`, async () => {
    const stream = await client.responses.create(
      ask('What is 12 * 12?', {stream: true}));
    let text = '', last, numbers = [];
    for await (const e of stream) {
      if (e.type === 'response.output_text.delta') text += e.delta;
      numbers.push(e.sequence_number);
      last = e;
    }
    assert.match(text, /144/);
    assert.equal(last.type, 'response.completed');
    assert.deepEqual(numbers, numbers.map((_, i) => i));
  });
  for (const streamed of [false, true])
    await check(`${where}: tools${streamed ? ', stream' : ''}`, async () => {
      const send = async body => streamed
        ? client.responses.stream(body).finalResponse()
        : client.responses.create(body);
      const first = await send(ask(two, {tools}));
      const calls = first.output.filter(x => x.type === 'function_call');
      assert.equal(cities(calls.map(c => JSON.parse(c.arguments))),
                   'Oslo,Rome');
      const second = await send(ask([
        {role: 'user', content: two}, ...first.output,
        ...calls.map(c => ({
          type: 'function_call_output', call_id: c.call_id,
          output: `${JSON.parse(c.arguments).city} is fine`}))], {tools}));
      assert.match(second.output_text, /Oslo is fine/);
      assert.match(second.output_text, /Rome is fine/);
    });
  await check(`${where}: thinking, stream`, async () => {
    const x = await client.responses.stream(ask('THINK\nWhat is 2+2?', {
      reasoning: {effort: 'low', summary: 'auto'},
      include: ['reasoning.encrypted_content']})).finalResponse();
    assert.match(x.output_text, /4/);
  });
  await check(`${where}: image`, async () => {
    const x = await client.responses.create(ask([{role: 'user', content: [
      {type: 'input_text', text: 'What is 3 + 4?'},
      {type: 'input_image', detail: 'auto',
       image_url: `data:image/png;base64,${picture}`}]}]));
    assert.match(x.output_text, /7/);
  });
  await check(`${where}: a bad request is one`, async () => {
    await assert.rejects(client.responses.create({model, input: []}),
                         e => e instanceof OpenAI.BadRequestError);
  });
}

async function gemini(where, baseUrl, model) {
  const client = new GoogleGenAI({apiKey: key, httpOptions: {
    baseUrl, apiVersion: 'v1beta'}});
  const config = {tools: [{functionDeclarations: [{
    name: 'get_weather', description: 'd', parametersJsonSchema: schema}]}]};
  await check(`${where}: text`, async () => {
    const x = await client.models.generateContent(
      {model, contents: 'What is 12 * 12?'});
    assert.match(x.text, /144/);
  });
  await check(`${where}: stream`, async () => {
    let text = '';
    for await (const c of await client.models.generateContentStream(
      {model, contents: 'What is 12 * 12?'})) text += c.text ?? '';
    assert.match(text, /144/);
  });
  await check(`${where}: tools`, async () => {
    const x = await client.models.generateContent(
      {model, contents: two, config});
    assert.equal(cities(x.functionCalls.map(c => c.args)), 'Oslo,Rome');
  });
}

async function ollama(where, host, model) {
  const client = new Ollama({host});
  const messages = [{role: 'user', content: 'What is 12 * 12?'}];
  const tools = [{type: 'function', function: {
    name: 'get_weather', description: 'd', parameters: schema}}];
  await check(`${where}: text`, async () => {
    const x = await client.chat({model, messages});
    assert.match(x.message.content, /144/);
  });
  await check(`${where}: stream`, async () => {
    let text = '', done = false;
    for await (const c of await client.chat({model, messages, stream: true})) {
      text += c.message.content;
      done = c.done;
    }
    assert.match(text, /144/);
    assert.ok(done);
  });
  await check(`${where}: tools`, async () => {
    const x = await client.chat({
      model, tools, messages: [{role: 'user', content: two}]});
    assert.equal(cities(x.message.tool_calls.map(c => c.function.arguments)),
                 'Oslo,Rome');
  });
}

// What we serve, by each simulated provider.
for (const [provider, name] of Object.entries(models)) {
  const model = `${provider}/${name}`;
  await anthropic(`messages by ${provider}`, gateway, model);
  await chat(`chat by ${provider}`, `${gateway}/v1`, model);
  await responses(`responses by ${provider}`, `${gateway}/v1`, model);
}
// A client that speaks its provider's format gets the provider's own words,
// and the provider's own count.
await check('messages by claude: answers and counts are its own', async () => {
  const ask = {model: 'claude/' + models.claude, max_tokens: 1000,
               messages: [{role: 'user', content: 'What is 12 * 12?'}]};
  const count = {model: ask.model, messages: ask.messages};
  const through = new Anthropic({baseURL: gateway, apiKey: key, maxRetries: 0});
  const direct = new Anthropic(
    {baseURL: sites.claude, apiKey: key, maxRetries: 0});
  const x = await through.messages.create(ask);
  assert.equal(x.model, models.claude);
  assert.match(x.id, /^msg_(?!req_)/);
  const streamed = await through.messages.stream(ask).finalMessage();
  assert.equal(streamed.model, models.claude);
  const [ours, theirs] = await Promise.all([
    through.messages.countTokens(count),
    direct.messages.countTokens({...count, model: models.claude})]);
  assert.equal(ours.input_tokens, theirs.input_tokens);
});
await check('chat by chatgpt: usage only for those who ask', async () => {
  const client = new OpenAI(
    {baseURL: `${gateway}/v1`, apiKey: key, maxRetries: 0});
  const stream = await client.chat.completions.create({
    model: 'chatgpt/' + models.chatgpt, stream: true,
    messages: [{role: 'user', content: 'What is 12 * 12?'}]});
  for await (const c of stream) assert.equal(c.choices.length, 1);
});
// What the simulator speaks, so that the gateway's other side is true as well.
await anthropic('simulated claude', sites.claude, models.claude);
await chat('simulated chatgpt, chat', sites.chatgpt, models.chatgpt);
await responses('simulated chatgpt', sites.chatgpt, models.chatgpt);
await responses('simulated grok', sites.grok, models.grok);
await gemini('simulated gemini', sites.gemini, models.gemini);
await ollama('simulated ollama', sites.ollama, models.ollama);

console.log(`${passed} checks passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
