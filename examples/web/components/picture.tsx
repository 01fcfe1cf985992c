import styles from './picture.module.css';

/** A drawing for a type of asset, in a colour of its own for each asset. */
export function Picture({ assetId, assetType }: { readonly assetId: string; readonly assetType: string }) {
  const hue = hueOf(assetId);
  return (
    <svg className={styles.picture} viewBox="0 0 320 140" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
      <rect width="320" height="140" fill={`hsl(${hue} 34% 82%)`} />
      <circle cx="262" cy="38" r="17" fill={`hsl(${(hue + 40) % 360} 60% 90%)`} />
      <g fill={`hsl(${hue} 30% 36%)`}>{SHAPES[assetType] ?? SHAPES.equipment}</g>
    </svg>
  );
}

const SHAPES: Readonly<Record<string, React.ReactNode>> = {
  'real-estate': (
    <>
      <path d="M40 140V62h44v78zM92 140V40h50v100zM150 140V74h38v66zM196 140V54h46v86z" opacity=".9" />
      <path
        d="M50 74h8v10h-8zm16 0h8v10h-8zm-16 22h8v10h-8zm16 0h8v10h-8zM102 54h9v12h-9zm20 0h9v12h-9zm-20 26h9v12h-9zm20 0h9v12h-9zm-20 26h9v12h-9zm20 0h9v12h-9zM206 68h8v10h-8zm17 0h8v10h-8zm-17 22h8v10h-8zm17 0h8v10h-8z"
        fill="#fff"
        opacity=".5"
      />
      <path d="M0 134h320v6H0z" />
    </>
  ),
  art: (
    <>
      <path d="M92 22h136v104H92z" />
      <path d="M102 32h116v84H102z" fill="#fff" opacity=".75" />
      <path d="M102 116l36-46 26 30 18-20 36 36z" opacity=".75" />
      <circle cx="192" cy="54" r="9" opacity=".6" />
    </>
  ),
  commodity: (
    <>
      <path d="M70 122l12-30h56l12 30zM170 122l12-30h56l12 30zM120 86l12-30h56l12 30z" />
      <path d="M82 92h56l-3 8H79zM182 92h56l-3 8h-56zM132 56h56l-3 8h-56z" fill="#fff" opacity=".35" />
    </>
  ),
  equipment: (
    <>
      <path d="M60 122V86l40-24v24l40-24v24l40-24v60z" />
      <path d="M196 122V38h20v84zM228 122V52h20v70z" opacity=".8" />
      <path d="M0 122h320v18H0z" opacity=".5" />
    </>
  ),
};

function hueOf(text: string): number {
  let hash = 0;
  for (const character of text) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 360;
  return hash;
}
