import partytown from '@astrojs/partytown';
import react from '@astrojs/react';
import { defineConfig } from 'astro/config';

export default defineConfig({
    integrations: [
        react(),
        partytown({ config: { forward: ['dataLayer.push'] } }),
    ],
});
