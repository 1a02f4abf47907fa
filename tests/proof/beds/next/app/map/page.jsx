import { GoogleMapsEmbed } from '@next/third-parties/google';

export default function Way() {
    return (
        <main>
            <h1>The way</h1>
            <GoogleMapsEmbed apiKey="abc" height={200} width="100%"
                mode="place" q="Nordkai" />
        </main>
    );
}
