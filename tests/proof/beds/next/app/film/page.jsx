import { YouTubeEmbed } from '@next/third-parties/google';

export default function Film() {
    return (
        <main>
            <h1>A film</h1>
            <YouTubeEmbed videoid="abcdefghijk" height={180} width={320} />
            <iframe title="Another film" width="320" height="180"
                src="https://www.youtube.com/embed/abcdefghijk" />
        </main>
    );
}
