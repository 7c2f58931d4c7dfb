import { createApp, h, ref } from 'vue';

const { relay, media } = document.body.dataset;
const config = { mediaOrigins: [media], typicalSeconds: { veo3: 1, veo3_fast: 1, veo3_lite: 1 } };
const getToken = async () => 'demo';
const theme = ref('light');
const last = ref('');

const app = createApp({
  render: () => [
    h('button', { id: 'dark', onClick: () => { theme.value = 'dark'; } }, 'Dark'),
    h('vireo-studio', {
      id: 'a', relay, loading: 'eager', theme: theme.value, config, getToken,
      onVireoSucceeded: (event) => { last.value = event.detail.taskId; },
    }),
    h('p', { id: 'last' }, last.value),
  ],
});
app.mount('#app');
window.leave = () => app.unmount();
