import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';

const { relay, media } = document.body.dataset;
const config = { mediaOrigins: [media], typicalSeconds: { veo3: 1, veo3_fast: 1, veo3_lite: 1 } };
const getToken = async () => 'demo';

function App() {
  const [theme, setTheme] = useState('light');
  const [last, setLast] = useState('');
  return (
    <>
      <button id="dark" onClick={() => setTheme('dark')}>Dark</button>
      <vireo-studio id="a" relay={relay} loading="eager" theme={theme} config={config} getToken={getToken}
        onvireo-succeeded={(event) => setLast(event.detail.taskId)} />
      <p id="last">{last}</p>
    </>
  );
}

const root = createRoot(document.getElementById('app'));
root.render(<StrictMode><App /></StrictMode>);
window.leave = () => root.unmount();
