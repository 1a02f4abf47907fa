// Numbers that look random and are the same for each seed: mulberry32.

export function random(seed) {
    let a = seed >>> 0;

    return (n) => {
        a = (a + 0x6d2b79f5) >>> 0;
        let t = Math.imul(a ^ a >>> 15, a | 1);
        t = (t + Math.imul(t ^ t >>> 7, t | 61)) ^ t;
        return ((t ^ t >>> 14) >>> 0) % n;
    };
}
