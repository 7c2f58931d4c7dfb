// The relay says where its videos lie. The first token is good until the provider is asked about the task.
const studio = document.getElementById('a');
window.asked = 0;
studio.getToken = async () => { asked += 1; return 'not-a-real-token'; };
studio.config = { typicalSeconds: { veo3: 1, veo3_fast: 1, veo3_lite: 1 } };
let isGood = true;
const { fetch: send } = window;
window.fetch = (input, init) => {
  const { pathname } = new URL(input.url ?? input, document.baseURI);
  if (isGood && pathname.endsWith('/record-info')) {
    isGood = false;
    return Promise.resolve(new Response('{"code":401,"msg":"Unauthorized"}', { status: 401 }));
  }
  return send(input, init);
};
