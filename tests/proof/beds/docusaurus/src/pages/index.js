import Layout from '@theme/Layout';
import React from 'react';

export default function Home() {
    return (
        <Layout title="Home">
            <main><h1>Nordkai</h1></main>
        </Layout>
    );
}
