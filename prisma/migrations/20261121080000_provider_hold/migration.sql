-- Providers that an operator of the instance holds: a row while it lasts, none otherwise. What goes out through one waits meanwhile.
CREATE TABLE "provider_hold" (
  -- The channel whose deliveries it carries: 'email', 'in-app', 'webhook'.
  "provider" text NOT NULL,
  "held_at" timestamptz(3) NOT NULL DEFAULT now(),
  "held_by" text NOT NULL,
  "reason" text NOT NULL,
  CONSTRAINT "provider_hold_pkey" PRIMARY KEY ("provider")
);
