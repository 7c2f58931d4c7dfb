import { useState } from 'react';
import { createRoot } from 'react-dom/client';

function App() {
  const [theme, setTheme] = useState('auto');
  const [last, setLast] = useState();

  return (
    <>
      <label>Theme <select value={theme} onChange={(event) => setTheme(event.target.value)}>
        <option>auto</option>
        <option>light</option>
        <option>dark</option>
      </select></label>
      <vireo-studio relay="../" layout="compact" theme={theme}
        onvireo-succeeded={(event) => setLast(event.detail)}>
        Loading the video studio…
      </vireo-studio>
      <p>{last ? `The last video: ${last.prompt}` : 'No video yet.'}</p>
    </>
  );
}

createRoot(document.getElementById('app')).render(<App />);
